// Processor time, in seconds: of this process, of another one, and of the whole machine. Reads /proc.
#pragma once

#include <sys/types.h>

namespace station::peers {

struct ProcessorTime {
    double client = 0;
    double server = 0;   // and the processes that it started
    double machine = 0;  // all but idle, and what the host kept from us

    // `server` 0: not looked at.
    static ProcessorTime now(pid_t server);
};

}  // namespace station::peers
