GAPS = """    for (const Gap& gap : scan.gaps) {
        if (gap.from >= segment.durable) {
            verdict.cut = gap.from;
            return verdict;
        }
        verdict.lost.push_back({gap, "broken bytes that were durable"});
    }
"""
END = """    const bool ends_in_gap = !scan.gaps.empty() && !scan.gaps.back().record_behind;
    if (segment.last && segment.durable > scan.end && !ends_in_gap) {
        verdict.lost.push_back({{scan.end, segment.durable, scan.next.offset, scan.next.offset},
                                "what was durable at the last clean close is gone"});
    }
    // The end is missing. Where nothing says it ever was durable, what lies behind it goes with it.
    const bool end_is_missing = segment.next_base && *segment.next_base != scan.next.offset;
    if (end_is_missing && segment.durable <= scan.end) verdict.cut = scan.end;
    return verdict;
"""

right("first-torn-gap-searched", edits=[
    (GAPS, """    const auto is_torn = [&](const Gap& gap) { return !(gap.from < segment.durable); };
    const auto torn = std::find_if(scan.gaps.begin(), scan.gaps.end(), is_torn);
    std::for_each(scan.gaps.begin(), torn, [&](const Gap& gap) {
        verdict.lost.push_back(Loss{gap, "damaged"});
    });
    if (torn != scan.gaps.end()) {
        verdict.cut.emplace(torn->from);
        return verdict;
    }
"""),
    ("#include <station/log/torn_tail.hpp>\n", "#include <algorithm>\n#include <station/log/torn_tail.hpp>\n"),
])

right("proof-as-one-expression", edits=[
    ("""    if (record.unsynced == kUnsyncedUnknown || record.unsynced > position) return 0;
    return position - record.unsynced;
""", """    const std::uint64_t unsynced = record.unsynced;
    const bool known = unsynced != kUnsyncedUnknown;
    return known && unsynced <= position ? position - unsynced : 0;
"""),
    (END, """    if (segment.durable <= scan.end) {
        if (segment.next_base.has_value() && segment.next_base.value() != scan.next.offset) verdict.cut = scan.end;
        return verdict;
    }
    if (!segment.last) return verdict;
    if (!scan.gaps.empty() && scan.gaps.back().record_behind == false) return verdict;
    verdict.lost.push_back({{scan.end, segment.durable, scan.next.offset, scan.next.offset}, "the end is gone"});
    return verdict;
"""),
])

right("header-in-one-place", edits=[
    ("""    if (!segment.header_valid) {
        if (segment.durable == 0) return {0, {}};
        verdict.lost.push_back({{0, kSegmentHeaderSize, 0, 0}, "the segment's header is broken"});
    }
""", """    if (!segment.header_valid && segment.durable == 0) {
        verdict.cut = 0;
        return verdict;
    }
    if (!segment.header_valid) verdict.lost.push_back({{0, kSegmentHeaderSize, 0, 0}, "no header"});
"""),
    (GAPS, """    for (std::size_t i = 0; i != scan.gaps.size(); i++) {
        const Gap& gap = scan.gaps[i];
        if (segment.durable > gap.from) {
            verdict.lost.push_back({gap, "damaged"});
            continue;
        }
        verdict.cut = gap.from;
        return verdict;
    }
"""),
])
