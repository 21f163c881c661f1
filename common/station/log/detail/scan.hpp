// Reading a segment file front to back: record by record through a moving window, with every CRC checked, and over what
// is broken to the next record that holds. Recovery, verify and the cursors all read this way.
#pragma once

#include <cstdint>
#include <functional>
#include <station/log/file.hpp>
#include <station/log/detail/index.hpp>
#include <station/log/detail/window.hpp>
#include <station/log/range.hpp>
#include <station/log/record.hpp>
#include <vector>

namespace station::log {

// What the next record of a log must look like: offsets are dense, ids grow, times never go back.
struct Expectation {
    std::uint64_t offset = 0;
    std::int64_t time = 0;
    EventId id;  // of the record before

    bool met_by(const Record& record) const {
        return record.offset == offset && record.id > id && record.time >= time;
    }
    void advance(const Record& record) {
        offset = record.offset + 1;
        time = record.time;
        id = record.id;
    }
};

// A stretch of a segment where no record is that can be used.
struct Gap : Range {
    bool record_behind = false;  // a valid record begins at `to`; otherwise `to` is where the file's last byte was
};

// The gap that begins at `from`, where no expected record is. Looks for the next record that may follow: later in
// offset, id and time, and not further in offset than its distance allows.
// A broken record whose frame holds together is stepped over as a whole, so that nothing in its payload is taken for a
// record.
Expected<Gap> find_gap(ByteSource& source, RecordWindow& window, std::uint64_t from, std::uint64_t limit,
                       const Expectation& expected);

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
    std::uint64_t base_offset = 0;  // of the segment
    std::size_t stride = 1;         // of the index that is made
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
