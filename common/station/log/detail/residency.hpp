// Whether what a mapping shows is in memory, and to bring it there. Who touches a page that is not waits for the disk,
// and where the disk fails, or the file has been cut, is ended by SIGBUS; asking first costs a system call for many
// pages. (mincore(2); madvise(2), MADV_POPULATE_READ, Linux 5.14. An older kernel does not know how to bring anything
// in, and touching it is left to who reads.)
//
// Any thread.
#pragma once

#include <cstddef>
#include <station/log/bytes.hpp>
#include <system_error>

namespace station::log {

// How many of these mapped bytes, from the first on, are in memory. None where the system can't say.
std::size_t resident_bytes(Bytes mapped);

// Waits until they are. EIO: the disk failed, or the file ends before.
std::error_code bring_into_memory(Bytes mapped);

}  // namespace station::log
