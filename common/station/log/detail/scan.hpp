// Reading a segment file front to back: record by record through a moving window, with every CRC checked, and over what
// is broken to the next record that holds. Recovery, verify and the cursors all read this way.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <station/log/detail/index.hpp>
#include <station/log/detail/window.hpp>
#include <station/log/file.hpp>
#include <station/log/range.hpp>
#include <station/log/record.hpp>
#include <vector>

namespace station::log {

// What the next record of a log must look like: offsets are dense, ids grow, times never go back.
struct Expectation {
    std::uint64_t offset = 0;
    std::int64_t time = 0;
    EventId id;  // of the record before

    bool met_by(const Record& record) const { return record.offset == offset && record.id > id && record.time >= time; }
    void advance(const Record& record) {
        offset = record.offset + 1;
        time = record.time;
        id = record.id;
    }
};

// A stretch of a segment where no record is that can be used.
struct Gap : Range {
    bool record_behind = false;  // a record that counts begins at `to`; otherwise `to` is where the last byte was
    // A valid record in the gap, which need not be what it says it is, says that all before this was durable.
    std::uint64_t proven = 0;
};

struct GapSearch {
    std::uint64_t from = 0;   // where no expected record is
    std::uint64_t limit = 0;  // no byte at or behind it is looked at: the segment's end, as far as this reader may know
    Expectation expected = {};
    std::uint64_t base_offset = 0;            // of the segment
    std::span<const IndexEntry> index = {};   // what is known of single records, from a time when they were whole
    std::optional<std::uint64_t> up_to = {};  // see ScanOptions
};

// The gap that begins at `from`, and the next record that counts. A payload may hold the bytes of a whole record, and
// where damage has taken the frame around it, nothing there tells it from a real one. So behind damage a record counts
// only where its neighbours say so: an unbroken chain, each record right behind the other, dense in offsets, growing in
// id and never going back in time, leads from it to the segment's end, with at most zeros behind the last one; or an
// entry of the index names it, or a later record of its chain. What a publisher wrote can't have such a chain: what
// follows in its own record (HEADERS_LEN, CRC) is none. The first of the chain must be later in offset, id and time
// than what is expected, and not further in offset than its distance allows.
// A broken record whose frame holds together is stepped over as a whole, and each chain is walked once.
Expected<Gap> find_gap(ByteSource& source, RecordWindow& window, const GapSearch& search);

// Where a broken record at `at` ends, whose frame holds together; `at` where none does, or a valid one is there.
Expected<std::uint64_t> end_of_frame(ByteSource& source, RecordWindow& window, std::uint64_t at, std::uint64_t limit);

// The first place in [at, limit) where a record decodes, whatever it says; `limit` where there is none.
Expected<std::uint64_t> find_record(ByteSource& source, RecordWindow& window, std::uint64_t at, std::uint64_t limit,
                                    Record& record);

struct Scan {
    std::uint64_t end = kSegmentHeaderSize;  // where the last valid record ends
    std::uint64_t events = 0;
    std::uint64_t proven = 0;  // a valid record says that everything before this was durable
    Record first, last;        // without payload and headers; meaningless where there are no events
    Expectation next;
    SparseIndex index;
    std::vector<Gap> gaps;  // one without a record behind it is the last one, and lies behind `end`
};

struct ScanOptions {
    std::uint64_t base_offset = 0;           // of the segment
    std::size_t stride = 1;                  // of the index that is made
    std::span<const IndexEntry> index = {};  // see GapSearch
    // Records at or behind this offset do not exist, and what lies there is not looked at: a writer is at work on it.
    std::optional<std::uint64_t> up_to = {};
    std::function<void(std::uint64_t)> progress = {};  // gets the bytes scanned so far, every 16 MiB
};

// Scans the records of a segment of `size` bytes; `expected` is what the segment before it leads to.
Expected<Scan> scan_segment(ByteSource& source, std::uint64_t size, const Expectation& expected,
                            const ScanOptions& options);

// One past the last byte in [from, limit) that is not zero, `from` where all are.
Expected<std::uint64_t> end_of_bytes(ByteSource& source, RecordWindow& window, std::uint64_t from, std::uint64_t limit);

// Bytes [from, to) of one file into another one, or into itself: there they count as written anew.
std::error_code copy_bytes(File& from_file, std::uint64_t from, std::uint64_t to, File& to_file, std::uint64_t at);

}  // namespace station::log
