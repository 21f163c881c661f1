// Scans several segment files at once, one thread for each processor: a process that was killed can leave two full
// segments without a usable index, and reading them one after the other is most of what a start then takes.
//
// A scan that begins without knowing the end of the segment before it is worth something only where both fit together:
// fits() says so. Where they don't, the segment is scanned again, by the usual rule.
#pragma once

#include <optional>
#include <span>
#include <station/log/detail/scan.hpp>

namespace station::log {

struct ScanJob {
    Path path;  // opened when its turn comes, so that no more files are open than threads read
    std::uint64_t size = 0;
    std::uint64_t base_offset = 0;
    Path index = {};  // the index file that is this segment's; empty: there is none
    std::optional<Expected<Scan>> result = {};
};

// Fills in all results, however many threads can be had. `progress` gets the bytes scanned so far in all jobs, from one
// thread at a time.
void scan_in_parallel(Disk& disk, std::span<ScanJob> jobs, std::size_t stride,
                      const std::function<void(std::uint64_t)>& progress = {});

// True where scanning after `expected` would have found the very same: the first record is where the first one must be,
// and follows. From there on both scans expect the same.
bool fits(const Scan& scan, const Expectation& expected);

}  // namespace station::log
