// What the operating system knows of this process, under the names that Prometheus' own clients give it. Reads /proc;
// any thread.
#pragma once

#include <cstdint>
#include <optional>

namespace station::metrics {

struct ProcessNumbers {
    double cpu_seconds = 0;  // user and system
    std::uint64_t resident_bytes = 0;
    std::uint64_t open_fds = 0;
    std::uint64_t max_fds = 0;  // the soft limit
};

// What can't be read is 0.
ProcessNumbers process_numbers();

}  // namespace station::metrics
