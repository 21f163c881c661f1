#include <station/log/torn_tail.hpp>

namespace station::log {

std::uint64_t proof_of(const Record& record, std::uint64_t position) {
    if (record.unsynced == kUnsyncedUnknown || record.unsynced > position) return 0;
    return position - record.unsynced;
}

TailVerdict judge_tail(const ScannedSegment& segment) {
    const Scan& scan = segment.scan;
    TailVerdict verdict;
    if (!segment.header_valid) {
        if (segment.durable == 0) return {0, {}};
        verdict.lost.push_back({{0, kSegmentHeaderSize, 0, 0}, "the segment's header is broken"});
    }
    for (const Gap& gap : scan.gaps) {
        if (gap.from >= segment.durable) {
            verdict.cut = gap.from;
            return verdict;
        }
        verdict.lost.push_back({gap, "broken bytes that were durable"});
    }
    const bool ends_in_gap = !scan.gaps.empty() && !scan.gaps.back().record_behind;
    if (segment.last && segment.durable > scan.end && !ends_in_gap) {
        verdict.lost.push_back({{scan.end, segment.durable, scan.next.offset, scan.next.offset},
                                "what was durable at the last clean close is gone"});
    }
    // The end is missing. Where nothing says it ever was durable, what lies behind it goes with it.
    const bool end_is_missing = segment.next_base && *segment.next_base != scan.next.offset;
    if (end_is_missing && segment.durable <= scan.end) verdict.cut = scan.end;
    return verdict;
}

}  // namespace station::log
