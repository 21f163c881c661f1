// A process beside this one that outlives it by a moment: when this one ends, however it ends (Ctrl+C, SIGKILL), the
// keeper kills (SIGKILL) the process groups that were in its care. PR_SET_PDEATHSIG reaches a child only, not what a
// shell has started for it.
//
// One keeper a process, started with the first group. Any thread may call both. Linux only.
#pragma once

#include <sys/types.h>

namespace station::target {

void keep_group(pid_t group);
// To be called before the group's leader is reaped: later the number may be a stranger's.
void let_group_go(pid_t group);

}  // namespace station::target
