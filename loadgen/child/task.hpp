// What the kernel says of a thread, of this process or of a child: whether it sleeps, and whether it has moved since
// the last look. A thread that waits for a processor does not count as asleep, so a busy machine is not mistaken for a
// deadlock. Any thread.
#pragma once

#include <sys/types.h>
#include <cstdint>
#include <vector>

namespace station::child {

struct TaskLook {
    bool asleep = false;         // in a wait that somebody, or a clock, has to end
    std::uint64_t switches = 0;  // how often it has given up the processor

    bool operator==(const TaskLook&) const = default;
};

std::vector<pid_t> tasks(pid_t process);

// Nothing but false and 0 of a task that is gone.
TaskLook look_at(pid_t process, pid_t task);

// All of the process's tasks together: asleep where each of them is.
TaskLook look_at(pid_t process);

}  // namespace station::child
