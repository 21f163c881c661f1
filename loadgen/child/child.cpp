#include <loadgen/child/child.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace station::child {
namespace {

[[noreturn]] void give_up(const char* what) {
    std::perror(what);
    std::exit(2);
}

// Reads what the child says until it has closed its end, or time is up.
bool listen(int from, std::string& said, std::chrono::seconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (true) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        pollfd wanted{from, POLLIN, 0};
        if (left.count() <= 0) return false;
        if (::poll(&wanted, 1, static_cast<int>(left.count())) <= 0) continue;
        char bytes[4096];
        const auto count = ::read(from, bytes, sizeof bytes);
        if (count <= 0) return true;
        said.append(bytes, static_cast<std::size_t>(count));
    }
}

}  // namespace

Ending run_alone(const std::function<void()>& work, std::chrono::seconds patience) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) give_up("pipe");
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child < 0) give_up("fork");
    if (child == 0) {
        ::dup2(ends[1], STDERR_FILENO);
        ::close(ends[0]);
        ::close(ends[1]);
        work();
        std::exit(0);
    }
    ::close(ends[1]);
    Ending ending;
    ending.in_time = listen(ends[0], ending.said, patience);
    ::close(ends[0]);
    if (!ending.in_time) ::kill(child, SIGKILL);
    ::waitpid(child, &ending.status, 0);
    return ending;
}

void* shared_memory(std::size_t size) {
    void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) give_up("mmap");
    return memory;
}

}  // namespace station::child
