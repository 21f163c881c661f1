// A call that is interrupted in its midst, behind so many instructions of the processor, exactly. What happens
// meanwhile runs on the same thread, in a signal's handler: where the call holds a mutex, a flag that others look at
// again and again, or a lock inside the standard library, what needs it never ends. What waits for nobody goes
// through, which is why signal(7) allows only such calls there. (The processor's trap flag; x86-64 only.)
#pragma once

#include <functional>

namespace station::piece {

// False where the processor can't do that.
bool can_interrupt_calls();

// Runs call(argument), and `meanwhile` behind so many of its instructions. False where it has ended before.
bool interrupt_call(void (*call)(void* argument), void* argument, int instructions,
                    const std::function<void()>& meanwhile);

}  // namespace station::piece
