GAP = """        if (gap.from >= segment.durable) {
            verdict.cut = gap.from;
            return verdict;
        }
        verdict.lost.push_back({gap, "broken bytes that were durable"});
"""
HEADER = """        if (segment.durable == 0) return {0, {}};
        verdict.lost.push_back({{0, kSegmentHeaderSize, 0, 0}, "the segment's header is broken"});
"""

# What passed once.
wrong("early-return", requirement="header", cause='"cut at 0"', why="a broken header always cuts at 0",
      edits=[(HEADER, "        return {0, {}};\n")])

# And more of the kind.
wrong("cut-at-the-first-gap", requirement="damage", cause="verdict_of(scan, {.durable = 201})",
      why="the first gap is torn, whatever was durable",
      edits=[(GAP, "        verdict.cut = gap.from;\n        return verdict;\n")])
wrong("cut-where-a-record-is-behind", requirement="torn", cause="verdict_of(scan, {.durable = 0})",
      why="a gap with a record behind it is damage",
      edits=[("        if (gap.from >= segment.durable) {",
              "        if (gap.from >= segment.durable && !gap.record_behind) {")])
wrong("damage-by-its-end", requirement="damage", cause="verdict_of(scan, {.durable = 201})",
      why="the gap's end is compared with what was durable",
      edits=[("gap.from >= segment.durable", "gap.to > segment.durable")])
wrong("durable-and-one", requirement="torn", cause='"cut at 500, lost [200, 300) events 2 to 4"',
      why="a gap that begins right where the durable part ends is damage",
      edits=[("gap.from >= segment.durable", "gap.from > segment.durable")])
wrong("last-gap-cut", requirement="torn", cause='"cut at 800"', why="it is cut at the last torn gap",
      edits=[("            verdict.cut = gap.from;\n            return verdict;\n",
              "            verdict.cut = gap.from;\n            continue;\n")])
wrong("first-damage-only", requirement="damage", cause="verdict_of(scan, {.durable = 1000})",
      why="behind the first damage nothing is looked at",
      edits=[('"broken bytes that were durable"});\n',
               '"broken bytes that were durable"});\n        return verdict;\n')])
wrong("damage-in-silence", requirement="damage", cause="verdict_of(scan, {.durable = 201})",
      why="damage is not reported",
      edits=[('        verdict.lost.push_back({gap, "broken bytes that were durable"});\n', "")])
wrong("unknown-proves", requirement="proof", cause="proof(kUnsyncedUnknown, std::uint64_t{1} << 33)",
      why="a record that does not know what was durable proves it all the same",
      edits=[("record.unsynced == kUnsyncedUnknown || record.unsynced > position", "record.unsynced > position")])
wrong("proof-wraps", requirement="proof", cause="proof(1001, 1000)",
      why="an UNSYNCED that is larger than the position wraps round",
      edits=[("record.unsynced == kUnsyncedUnknown || record.unsynced > position",
              "record.unsynced == kUnsyncedUnknown")])
wrong("proof-of-itself", requirement="proof", cause="proof(1, 1000)", why="a record proves everything before it",
      edits=[("    return position - record.unsynced;\n", "    return position;\n")])
wrong("nothing-proves", requirement="proof", cause="proof(0, 1000)", why="no record proves anything",
      edits=[("    return position - record.unsynced;\n", "    return 0;\n")])
wrong("from-zero-proves-nothing", requirement="proof", cause="proof(0, 1000)",
      why="a record with UNSYNCED 0 proves nothing",
      edits=[("    return position - record.unsynced;\n",
              "    return record.unsynced == 0 ? 0 : position - record.unsynced;\n")])
wrong("end-gone-in-silence", requirement="end-is-gone", cause="verdict_of(scan_with({}), {.durable = 1001})",
      why="that the durable end is gone is not reported",
      edits=[("    if (segment.last && segment.durable > scan.end && !ends_in_gap) {",
              "    if (false && segment.last && ends_in_gap) {")])
wrong("end-gone-twice", requirement="end-is-gone",
      cause='"no cut, lost [1000, 1040) events 10 to 11, lost [1000, 1040) events 10 to 10"',
      why="a gap at the end is reported twice",
      edits=[("segment.durable > scan.end && !ends_in_gap", "segment.durable > scan.end")])
wrong("end-gone-in-the-middle", requirement="not-continued",
      cause="verdict_of(scan_with({}), {.durable = 1001, .last = false, .next_base = 12})",
      why="the end of a segment that is not the last one is reported as gone",
      edits=[("segment.last && segment.durable > scan.end", "segment.durable > scan.end")])
wrong("not-continued-kept", requirement="not-continued",
      cause="verdict_of(scan_with({}), {.durable = 0, .last = false, .next_base = 12})",
      why="a segment that the next one does not continue is kept as it is",
      edits=[("    if (end_is_missing && segment.durable <= scan.end) verdict.cut = scan.end;\n", "")])
wrong("durable-end-cut", requirement="not-continued",
      cause="verdict_of(scan_with({}), {.durable = 1001, .last = false, .next_base = 12})",
      why="it is cut though the end was durable",
      edits=[("end_is_missing && segment.durable <= scan.end", "end_is_missing")])
wrong("every-end-cut", requirement="not-continued",
      cause="verdict_of(scan_with({}), {.durable = 400, .last = false, .next_base = 10})",
      why="a segment is cut at its end even if the next one continues it",
      edits=[("segment.next_base && *segment.next_base != scan.next.offset", "segment.next_base.has_value()")])
wrong("header-cut-where-durable", requirement="header", cause='"cut at 0, lost [0, 32) events 0 to 0"',
      why="a durable segment with a broken header is cut at 0, and its damage reported",
      edits=[(HEADER, """\
        verdict.lost.push_back({{0, kSegmentHeaderSize, 0, 0}, "the segment's header is broken"});
        verdict.cut = 0;
        return verdict;
""")])
wrong("header-damage-in-silence", requirement="header", cause='"no cut, lost [0, 32) events 0 to 0"',
      why="a broken header that was durable is not reported",
      edits=[("""        verdict.lost.push_back({{0, kSegmentHeaderSize, 0, 0}, "the segment's header is broken"});
""", "")])
