// What happens to a topic's files when they are opened, after whatever end they met.
//
// Sealed segments whose index file fits them are believed; every other segment is scanned. A place in a scanned
// segment that holds no expected record is either
//   torn     the rest of a write that a crash cut short, in any order of its pages: cut from there on. The bytes are
//            kept in log-….torn-<position> beside the segment before they are erased; or
//   damage   bytes that were durable once and are not what was written: nothing is cut, the topic opens for reading
//            before and behind it and refuses writes.
// It is damage exactly where something proves that the place was durable: a valid record's UNSYNCED, an index file
// that says so (left when the segment was sealed or cleanly closed), or a later segment (its header says that the
// segment before it was durable, and stands for the durability of all before that one).
//
// An index never makes recovery less careful: whatever is missing, short, stale or in doubt is made again from the log.
//
// What can't be read now is an error, never taken for what is not there. What is optional never stops a start: an index
// that can't be written is a warning, and a tail that can't be kept for want of room is cut later (torn_cut.hpp).
//
// The judgement is in recovery_plan.hpp and torn_tail.hpp; what is here looks at the files and changes them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <station/log/detail/segment.hpp>
#include <station/log/detail/torn_cut.hpp>
#include <station/log/error.hpp>
#include <station/log/recovery_report.hpp>
#include <string>
#include <vector>

namespace station::log {

struct RecoveryOptions {
    std::size_t index_stride = std::size_t{16} << 10;
    std::uint32_t stream = 0;  // the topic's: a segment that names another one is not its own; 0: not known
    bool read_only = false;    // touch nothing
    // Where the topic begins, as far as bus.meta.json says: what lies before that segment has gone by retention, though
    // its files may still be there. Where `front_may_be_missing`, more may have gone.
    std::uint32_t first_segment = 1;
    std::uint64_t first_offset = 0;
    bool front_may_be_missing = false;
    // Only read_only: the mark that a live writer has set. Records at or behind this offset, and segments that begin
    // there, do not exist; nothing behind it is judged, and whatever is missing or broken before it is damage. 2^64 - 1
    // is the mark of a topic that nobody writes to: the same as none.
    std::optional<std::uint64_t> up_to = {};
    // Make what was found durable: write the unproven tail again (after a failed sync the page cache may hold what the
    // disk does not, and call it clean) and sync it.
    bool make_durable = true;
    std::function<void(std::uint64_t)> progress = {};  // bytes scanned so far
};

// A sealed segment whose index file is to be written.
struct Unindexed {
    std::shared_ptr<Segment> segment;
    std::uint64_t proven = 0;  // all before this is known to be durable
};

struct RecoveredTopic {
    std::vector<std::shared_ptr<Segment>> segments;
    std::vector<Unindexed> unindexed;
    std::uint32_t first_segment = 1;  // the number of the next one where there are none
    std::uint64_t next_offset = 0;
    std::int64_t last_time = 0;
    EventId last_id;
    std::uint64_t synced_end = 0;  // of the last segment
    std::uint64_t file_size = 0;   // of the last segment
    // A tail that could not be kept yet: nothing may be written to the topic before it is kept and cut. Mostly nullptr.
    std::shared_ptr<TornCut> unfinished_cut;
    RecoveryReport report;
};

// What makes a sealed segment final: cuts what was written ahead of its last record, and syncs it. What lies behind
// `proven` is written again first: where a sync of another process failed, the page cache may call clean what the disk
// does not have.
std::error_code finish_segment(Disk& disk, Segment& segment, std::uint64_t proven);
// Writes the index file of a finished segment.
std::error_code index_segment(Disk& disk, Segment& segment);

// An error is this topic's alone: memory that ran out is one, too.
Result<RecoveredTopic> recover_topic(OpenFiles& disk, const Path& folder, const RecoveryOptions& options);

}  // namespace station::log
