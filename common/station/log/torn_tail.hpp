// The decision that recovery exists for: a place in a segment holds no valid record, so is it torn or damaged?
//
//   torn     the rest of a write that a crash cut short. Nobody was promised it: cut from there on.
//   damage   bytes that were durable once, and acknowledged. Nothing may be cut; what lies behind them still counts.
//
// Valid records behind the place settle nothing: the pages of the last, unsynced group may reach the disk in any order.
// What settles it is proof. A record at q says how many bytes before it were not yet known to be durable when it was
// written (UNSYNCED), so all before q - UNSYNCED was durable, and is damaged where it is broken. No proof: torn.
//
// No I/O: the plan of recovery (detail/recovery_plan.hpp) asks, recovery.cpp does what was decided. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <station/log/detail/scan.hpp>
#include <string_view>
#include <vector>

namespace station::log {

// Everything before this byte of the file was durable when the valid `record` at `position` was written; 0: it can't
// say.
std::uint64_t proof_of(const Record& record, std::uint64_t position);

// What is known of a segment that was scanned.
struct ScannedSegment {
    const Scan& scan;
    bool header_valid = true;
    bool last = true;                        // no segment lies behind it
    std::optional<std::uint64_t> next_base;  // the offset that the segment behind it begins with, where that is known
    std::uint64_t durable = 0;               // everything before this byte was durable once, whoever proves it
};

// Bytes [from, to) are damaged: events from first_offset up to next_offset are lost.
struct Loss : Range {
    std::string_view reason = {};
};

struct TailVerdict {
    std::optional<std::uint64_t> cut;  // the segment, and the log, end here; 0: not even its header can be used
    std::vector<Loss> lost;
};

TailVerdict judge_tail(const ScannedSegment& segment);

}  // namespace station::log
