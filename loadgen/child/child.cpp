#include <loadgen/child/child.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <loadgen/child/task.hpp>

namespace station::child {
namespace {

[[noreturn]] void give_up(const char* what) {
    std::perror(what);
    std::exit(2);
}

using Clock = std::chrono::steady_clock;

// All threads asleep for so long, and none that woke up in between: nobody is left who could wake one.
constexpr std::chrono::seconds kForEver{2};

// False once time is up, or the child sleeps for ever.
class Hope {
  public:
    Hope(pid_t child, std::chrono::seconds patience) : child_(child), deadline_(Clock::now() + patience) {}

    bool is_left() {
        const TaskLook look = look_at(child_);
        const auto now = Clock::now();
        if (!look.asleep || look != last_) since_ = now;
        last_ = look;
        return now < deadline_ && now - since_ < kForEver;
    }

  private:
    const pid_t child_;
    const Clock::time_point deadline_;
    TaskLook last_;
    Clock::time_point since_ = Clock::now();
};

// Reads what the child says until it has closed its end, or there is no hope that it will.
bool listen(int from, std::string& said, Hope hope) {
    constexpr int kBetweenLooks = 100;  // ms
    while (true) {
        pollfd wanted{from, POLLIN, 0};
        if (::poll(&wanted, 1, kBetweenLooks) <= 0) {
            if (!hope.is_left()) return false;
            continue;
        }
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
    ending.in_time = listen(ends[0], ending.said, Hope{child, patience});
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
