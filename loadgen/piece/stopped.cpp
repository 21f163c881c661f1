#include <loadgen/piece/stopped.hpp>

#include <fcntl.h>
#include <unistd.h>
#include <csignal>
#include <cstdlib>
#include <utility>

#ifdef __x86_64__
#include <x86intrin.h>
#endif

namespace station::piece {

#ifdef __x86_64__
namespace {

constexpr unsigned long long kTrap = 0x100;

struct Steps {
    int left = 0;
    std::function<void()> stop;
};
thread_local Steps steps;

// Comes behind each instruction of the thread whose trap flag is set.
void step(int, siginfo_t*, void* context) {
    if (--steps.left > 0) return;
    static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_EFL] &= ~static_cast<long long>(kTrap);
    steps.stop();
}

}  // namespace

bool can_stop_calls() { return true; }

void Stopped::run(void (*call)(void* argument), void* argument, int instructions) {
    struct sigaction action = {};
    action.sa_sigaction = &step;
    action.sa_flags = SA_SIGINFO;
    ::sigaction(SIGTRAP, &action, nullptr);
    steps.left = instructions;
    steps.stop = [this] {
        state_ = State::stopped;
        // In a signal's handler: no lock, and nothing that takes one.
        char nothing = 0;
        static_cast<void>(::read(pipe_[0], &nothing, 1));
    };
    __writeeflags(__readeflags() | kTrap);
    call(argument);
    __writeeflags(__readeflags() & ~kTrap);
}

#else

bool can_stop_calls() { return false; }

void Stopped::run(void (*call)(void* argument), void* argument, int) { call(argument); }

#endif

Stopped::Stopped(std::function<void()> before, void (*call)(void* argument), void* argument, int instructions) {
    if (::pipe2(pipe_.data(), O_CLOEXEC) != 0) std::abort();
    thread_ = std::thread{[this, before = std::move(before), call, argument, instructions] {
        before();
        run(call, argument, instructions);
        state_ = State::ended;
    }};
}

Stopped::~Stopped() {
    ::close(pipe_[1]);
    thread_.join();
    ::close(pipe_[0]);
}

bool Stopped::has_stopped() const {
    while (state_ == State::running) std::this_thread::yield();
    return state_ == State::stopped;
}

}  // namespace station::piece
