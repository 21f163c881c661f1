// How a topic is, and its numbers so far.
#pragma once

#include <array>
#include <cstdint>

namespace station::log {

enum class Condition {
    open,
    read_only,  // opened so, or damaged: no publishes
    failed,     // the disk refused a sync or a write: no publishes until a restart
    closed,
    unreadable,  // it could not be opened: Topic::problem() says why, and a restart tries again
    deleted,     // nothing of it is left
};

// A snapshot for metrics. All but the last four only grow.
struct TopicStats {
    // Upper ends of the buckets of sync_buckets, in seconds: a disk may be stalled for long. The last one has no end.
    static constexpr std::array<double, 20> kSyncBounds{0.0001, 0.0002, 0.0004, 0.0008,  0.0016,  0.0032, 0.0064,
                                                        0.0128, 0.0256, 0.0512, 0.1024,  0.2048,  0.4096, 0.8192,
                                                        1.6384, 3.2768, 6.5536, 13.1072, 26.2144, 52.4288};

    // Upper ends of the buckets of group_buckets, in events; the last bucket has no end.
    static constexpr std::array<std::uint64_t, 13> kGroupBounds{1,   2,   4,   8,    16,   32,  64,
                                                                128, 256, 512, 1024, 2048, 4096};

    std::uint64_t events = 0;                                            // appended
    std::uint64_t bytes = 0;                                             // appended, with their framing
    std::uint64_t groups = 0;                                            // writes
    std::array<std::uint64_t, kGroupBounds.size() + 1> group_buckets{};  // by how many events each one wrote
    std::uint64_t syncs = 0;                                             // fdatasyncs of log files
    std::uint64_t synced_events = 0;                                     // events that they covered
    std::uint64_t sync_nanos = 0;                                        // time spent in them
    std::array<std::uint64_t, kSyncBounds.size() + 1> sync_buckets{};
    std::uint64_t rejected = 0;  // publishes refused, queue full or disk full or worse
    std::uint64_t rotations = 0;
    std::uint64_t put_off = 0;           // seals of full segments that met an error that may pass; each is tried again
    std::uint64_t retired_segments = 0;  // that have gone by retention
    std::uint64_t retired_events = 0;    // in them
    std::uint64_t retired_bytes = 0;
    std::uint64_t queued = 0;       // events waiting for the writer now
    std::uint64_t read_errors = 0;  // reads of cursors that failed; they may have been tried again
    std::uint64_t cursors = 0;
    std::uint64_t segments = 0;
    std::uint64_t disk_bytes = 0;  // of the log, without what is written ahead
};

}  // namespace station::log
