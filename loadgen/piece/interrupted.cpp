#include <loadgen/piece/interrupted.hpp>

#include <csignal>

#ifdef __x86_64__
#include <x86intrin.h>
#endif

namespace station::piece {

#ifdef __x86_64__
namespace {

constexpr unsigned long long kTrap = 0x100;

struct Interrupt {
    int instructions_left = 0;
    const std::function<void()>* meanwhile = nullptr;
};
thread_local Interrupt interrupt;

// Comes behind each instruction of the thread whose trap flag is set.
void step(int, siginfo_t*, void* context) {
    if (--interrupt.instructions_left > 0) return;
    static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_EFL] &= ~static_cast<long long>(kTrap);
    (*interrupt.meanwhile)();
}

}  // namespace

bool can_interrupt_calls() { return true; }

bool interrupt_call(void (*call)(void* argument), void* argument, int instructions,
                    const std::function<void()>& meanwhile) {
    struct sigaction action = {};
    action.sa_sigaction = &step;
    action.sa_flags = SA_SIGINFO;
    ::sigaction(SIGTRAP, &action, nullptr);
    interrupt = {instructions, &meanwhile};
    __writeeflags(__readeflags() | kTrap);
    call(argument);
    __writeeflags(__readeflags() & ~kTrap);
    return interrupt.instructions_left <= 0;
}

#else

bool can_interrupt_calls() { return false; }

bool interrupt_call(void (*call)(void* argument), void* argument, int, const std::function<void()>&) {
    call(argument);
    return false;
}

#endif

}  // namespace station::piece
