#include <loadgen/piece/stopped.hpp>

#include <csignal>
#include <ctime>
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

void set_trap(bool on) {
    const auto flags = __readeflags();
    __writeeflags(on ? flags | kTrap : flags & ~kTrap);
}

}  // namespace

bool can_stop_calls() { return true; }

Stopped::Stopped(std::function<void()> before, std::function<void()> call, int instructions)
    : thread_([this, before = std::move(before), call = std::move(call), instructions] {
          before();
          struct sigaction action = {};
          action.sa_sigaction = &step;
          action.sa_flags = SA_SIGINFO;
          ::sigaction(SIGTRAP, &action, nullptr);
          steps.left = instructions;
          steps.stop = [this] {
              state_ = State::stopped;
              // In a signal's handler: no lock, and nothing that takes one.
              constexpr timespec kMoment{0, 50'000};
              while (!may_go_on_) ::nanosleep(&kMoment, nullptr);
          };
          set_trap(true);
          call();
          set_trap(false);
          state_ = State::ended;
      }) {}

#else

bool can_stop_calls() { return false; }

Stopped::Stopped(std::function<void()>, std::function<void()> call, int) : thread_(std::move(call)) {
    state_ = State::ended;
}

#endif

Stopped::~Stopped() {
    go_on();
    thread_.join();
}

bool Stopped::has_stopped() const {
    while (state_ == State::running) std::this_thread::yield();
    return state_ == State::stopped;
}

void Stopped::go_on() { may_go_on_ = true; }

}  // namespace station::piece
