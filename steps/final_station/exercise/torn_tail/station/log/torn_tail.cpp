// Exercise "torn_tail": here the log ends at the first byte that looks wrong, whatever lies behind it. One flipped bit
// in the middle, and all that was acknowledged after it is gone.
#include <station/log/torn_tail.hpp>

namespace station::log {

std::uint64_t proof_of(const Record& record, std::uint64_t position) {
    // ---- your part: what a valid record proves about the bytes before it ----
    static_cast<void>(record);
    static_cast<void>(position);
    return 0;
    // ---- end of your part ----
}

TailVerdict judge_tail(const ScannedSegment& segment) {
    const Scan& scan = segment.scan;
    TailVerdict verdict;
    // ---- your part: torn, or damaged? ----
    if (!segment.header_valid) return {0, {}};
    if (!scan.gaps.empty()) verdict.cut = scan.gaps.front().from;
    // ---- end of your part ----
    return verdict;
}

}  // namespace station::log
