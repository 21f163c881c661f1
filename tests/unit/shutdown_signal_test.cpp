#include "catch.hpp"
#include "gate.hpp"

#include <sys/wait.h>
#include <unistd.h>
#include <atomic>
#include <csignal>
#include <functional>
#include <optional>
#include <station/flow/shutdown_signal.hpp>
#include <thread>

namespace station::flow {
namespace {

constexpr int kInterrupted = 130;
constexpr int kEndedByItself = 7;

// Runs `story` in a child process and returns the child's wait status. A child that gets stuck is killed by SIGALRM.
int status_of_child(const std::function<void()>& story) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::alarm(static_cast<unsigned>(test::kPatience.count()));
        story();
        ::_exit(kEndedByItself);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return status;
}

[[noreturn]] void sleep_for_ever() {
    while (true) ::pause();
}

TEST_CASE("shutdown signal: SIGINT and SIGTERM call back, on another thread") {
    const int signal = GENERATE(SIGINT, SIGTERM);
    test::Gate called;
    std::thread::id caller;
    {
        const ShutdownSignal shutdown([&] {
            caller = std::this_thread::get_id();
            called.arrive();
        });
        REQUIRE(std::raise(signal) == 0);
        CHECK(called.wait());
    }
    CHECK(caller != std::this_thread::get_id());
}

TEST_CASE("shutdown signal: without a signal nothing is called") {
    std::atomic<int> calls{0};
    for (int i = 0; i < 20; ++i) {
        const ShutdownSignal shutdown{[&] { ++calls; }};
    }
    CHECK(calls == 0);
}

TEST_CASE("shutdown signal: the destructor waits for the call under way") {
    std::atomic<bool> done{false};
    test::Gate called;
    test::Gate go_on;
    std::jthread releaser;
    {
        const ShutdownSignal shutdown([&] {
            called.arrive();
            go_on.wait();
            done = true;
        });
        REQUIRE(std::raise(SIGTERM) == 0);
        REQUIRE(called.wait());
        releaser = std::jthread{[&] { go_on.arrive(); }};
    }
    CHECK(done);
}

TEST_CASE("shutdown signal: a second signal ends the process with 130, though the first call still runs") {
    const int first = GENERATE(SIGINT, SIGTERM);
    const int second = GENERATE(SIGINT, SIGTERM);
    const int status = status_of_child([=] {
        test::Gate called;
        const ShutdownSignal shutdown([&] {
            called.arrive();
            sleep_for_ever();
        });
        std::raise(first);
        if (!called.wait()) return;
        std::raise(second);
        sleep_for_ever();
    });
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == kInterrupted);
}

TEST_CASE("shutdown signal: a second signal is heard while the destructor waits for the first call") {
    const int status = status_of_child([] {
        test::Gate called;
        const pid_t self = ::getpid();
        std::thread{[&called, self] {
            called.wait();
            while (true) {
                ::kill(self, SIGINT);
                std::this_thread::sleep_for(std::chrono::milliseconds{10});
            }
        }}.detach();
        const ShutdownSignal shutdown([&] {
            called.arrive();
            sleep_for_ever();
        });
        std::raise(SIGINT);
        called.wait();
    });
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == kInterrupted);
}

TEST_CASE("shutdown signal: once it is gone, signals do again what they did before") {
    const int status = status_of_child([] {
        std::optional<ShutdownSignal> shutdown{std::in_place, [] {}};
        shutdown.reset();
        std::raise(SIGTERM);
    });
    REQUIRE(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGTERM);
}

}  // namespace
}  // namespace station::flow
