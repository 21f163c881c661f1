#include "catch.hpp"

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <fstream>
#include <loadgen/target/process.hpp>
#include <thread>

namespace {

using namespace station::target;
using namespace std::chrono_literals;

Process start_shell(const std::string& script) {
    auto process = Process::start({"sh", "-c", script});
    REQUIRE(process);
    return std::move(*process);
}

// Whoever inherits a killed program may not have reaped it yet.
bool is_gone(int pid) {
    std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
    std::string stat;
    std::getline(file, stat);
    return stat.empty() || stat.find(") Z ") != std::string::npos;
}

bool is_gone_soon(int pid) {
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (!is_gone(pid) && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(1ms);
    return is_gone(pid);
}

TEST_CASE("a program's first line is kept, and whatever follows does not block it") {
    auto process = start_shell("echo hello; head -c 1000000 /dev/zero; exit 7");
    CHECK(process.first_line(10s).value() == "hello");
    CHECK(process.wait(10s) == 7);
    CHECK(process.first_line(0s).value() == "hello");
}

TEST_CASE("a program's second line is kept, too, wherever the pipe cuts it, and the third one is not") {
    auto process = start_shell("printf 'one\ntw'; sleep 0.05; printf 'o\nthree\n'");
    CHECK(process.second_line(10s).value() == "two");
    CHECK(process.first_line(0s).value() == "one");
    CHECK(process.wait(10s) == 0);
    auto short_one = start_shell("echo one; exit 3");
    CHECK(short_one.first_line(10s).value() == "one");
    CHECK_FALSE(short_one.second_line(10s));
}

TEST_CASE("a program that can't be started says why") {
    const auto process = Process::start({"/no/such/program"});
    REQUIRE_FALSE(process);
    CHECK(process.error() == "cannot start /no/such/program: No such file or directory");
}

TEST_CASE("a program that ends before its first line says how, and what it complained of") {
    auto process = start_shell("echo port in use >&2; exit 2");
    const auto line = process.first_line(10s);
    REQUIRE_FALSE(line);
    CHECK(line.error() == "sh exited with status 2 before it printed a line; it wrote: port in use");
}

TEST_CASE("a program that prints nothing is not waited for longer than asked") {
    auto process = start_shell("echo no line yet >&2; printf unfinished; read forever < /dev/tty; sleep 1000");
    const auto line = process.first_line(50ms);
    REQUIRE_FALSE(line);
    CHECK(line.error().find("printed no line within 50 ms") != std::string::npos);
    CHECK(process.running());
    CHECK_FALSE(process.wait(1ms));
}

TEST_CASE("a program ended by a signal has status 128 and the signal's number") {
    auto process = start_shell("echo ready; exec sleep 1000");
    REQUIRE(process.first_line(10s));
    process.signal(SIGTERM);
    CHECK(process.wait(10s) == 128 + SIGTERM);
    CHECK_FALSE(process.running());
    process.signal(SIGTERM);
}

TEST_CASE("a program starts with signals as a terminal gives them") {
    struct sigaction before {};
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGINT, &ignore, &before);
    auto process = start_shell("echo ready; exec sleep 1000");
    ::sigaction(SIGINT, &before, nullptr);
    REQUIRE(process.first_line(10s));
    process.signal(SIGINT);
    CHECK(process.wait(10s) == 128 + SIGINT);
}

TEST_CASE("standard error is kept, all of it") {
    auto process = start_shell("head -c 300000 /dev/zero | tr '\\0' x >&2");
    REQUIRE(process.wait(10s) == 0);
    CHECK(process.standard_error() == std::string(300000, 'x'));
}

TEST_CASE("a program is killed with its Process, and its children with it") {
    int child = 0;
    int pid = 0;
    {
        auto process = start_shell("sleep 1000 & echo $!; wait");
        child = std::stoi(process.first_line(10s).value());
        pid = process.pid();
        CHECK_FALSE(is_gone(child));
    }
    CHECK(is_gone_soon(child));
    CHECK(is_gone_soon(pid));
}

TEST_CASE("a program dies with whoever started it") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t parent = ::fork();
    if (parent == 0) {
        auto process = Process::start({"sleep", "1000"});
        const int pid = process ? process->pid() : 0;
        [[maybe_unused]] const auto ignored = ::write(ends[1], &pid, sizeof pid);
        ::kill(::getpid(), SIGKILL);
    }
    int pid = 0;
    REQUIRE(::read(ends[0], &pid, sizeof pid) == sizeof pid);
    REQUIRE(::waitpid(parent, nullptr, 0) == parent);
    ::close(ends[0]);
    ::close(ends[1]);
    REQUIRE(pid > 0);
    CHECK(is_gone_soon(pid));
}

TEST_CASE("memory is known while a program runs, processor time after it, too") {
    auto process = start_shell("i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo done; read x < /dev/zero");
    REQUIRE(process.first_line(30s));
    CHECK(process.resident_bytes() > 100'000);
    CHECK(process.cpu_time() >= 10ms);
    process.signal(SIGKILL);
    REQUIRE(process.wait(10s));
    CHECK(process.resident_bytes() == 0);
    CHECK(process.cpu_time() >= 10ms);
}

TEST_CASE("the endpoint is read from the line that announces it, and from no other") {
    const auto v4 = parse_announcement("step05_bounded_channel listening on 127.0.0.1:7005");
    REQUIRE(v4);
    CHECK(v4->host == "127.0.0.1");
    CHECK(v4->port == 7005);
    const auto v6 = parse_announcement("step05_bounded_channel listening on [::1]:7005");
    REQUIRE(v6);
    CHECK(v6->host == "::1");
    for (const char* line : {"", "listening on 127.0.0.1:7005", "x listening on 127.0.0.1:", "x listening on 127.0.0.1",
                             "x listening on 127.0.0.1:0", "x listening on 127.0.0.1:65536",
                             "x listening on 127.0.0.1:70 05", "x: listening soon"}) {
        INFO(line);
        CHECK_FALSE(parse_announcement(line));
    }
}

TEST_CASE("there are ten steps") {
    CHECK(step_binary(1) == "step01_blocking_echo");
    CHECK(step_binary(10) == "step10_graceful_shutdown");
    CHECK(step_binary(0).empty());
    CHECK(step_binary(11).empty());
    CHECK(start_step(".", 11, {}).error() == "there is no step 11");
}

}  // namespace
