// What a topic's writer and its cursors share. Internal: users see Topic and Cursor.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <station/base/guarded.hpp>
#include <station/log/config.hpp>
#include <station/log/detail/recovery.hpp>
#include <station/log/detail/segment.hpp>
#include <station/log/detail/sync_gate.hpp>
#include <station/log/detail/waiters.hpp>
#include <station/log/retention.hpp>
#include <station/log/topic_stats.hpp>
#include <string>

namespace station::log {

struct TopicCounters {
    std::atomic<std::uint64_t> events{0};
    std::atomic<std::uint64_t> bytes{0};
    std::atomic<std::uint64_t> groups{0};
    std::array<std::atomic<std::uint64_t>, TopicStats::kGroupBounds.size() + 1> group_buckets{};
    std::atomic<std::uint64_t> syncs{0};
    std::atomic<std::uint64_t> synced_events{0};
    std::atomic<std::uint64_t> sync_nanos{0};
    std::array<std::atomic<std::uint64_t>, TopicStats::kSyncBounds.size() + 1> sync_buckets{};
    std::atomic<std::uint64_t> rejected{0};
    std::atomic<std::uint64_t> rotations{0};
    std::atomic<std::uint64_t> put_off{0};
    std::atomic<std::uint64_t> retired_segments{0};
    std::atomic<std::uint64_t> retired_events{0};
    std::atomic<std::uint64_t> retired_bytes{0};
    std::atomic<std::uint64_t> read_errors{0};
    std::atomic<std::uint64_t> cursors{0};

    void record_group(std::uint64_t group_events);
    void record_sync(std::chrono::nanoseconds took, std::uint64_t covered);
};

struct TopicState {
    TopicState(std::string topic_name, std::uint32_t topic_stream, const Path& topic_folder)
        : name(std::move(topic_name)), stream(topic_stream), folder(topic_folder) {}

    const std::string name;
    const std::uint32_t stream;
    const Path folder;
    RecoveryReport report;  // constant once the topic is open, as is the problem of one that is not
    Error problem;

    SegmentList segments;
    SyncGate folder_syncs;  // names of files are made and removed by several threads
    std::atomic<std::uint64_t> next_offset{0};
    std::atomic<std::uint64_t>* mark = nullptr;  // the same for readers in other processes; none: see live_marks.hpp
    std::atomic<Condition> condition{Condition::open};
    std::atomic<bool> ledger{false};  // only who has claimed it appends
    Waiters waiters;
    TopicCounters counters;
    mutable base::Mutex retention_mutex;
    Retention kept STATION_GUARDED_BY(retention_mutex);
    std::function<void()> on_settled;  // when the files of full segments are final; by whoever has finished them

    Retention retention() const {
        const base::Lock lock{retention_mutex};
        return kept;
    }
    void set_retention(const Retention& retention) {
        const base::Lock lock{retention_mutex};
        kept = retention;
    }

    // By the writer: events before `next` may be read.
    void advance(std::uint64_t next) {
        next_offset.store(next, std::memory_order_release);
        if (mark != nullptr) mark->store(next, std::memory_order_release);
    }
};

}  // namespace station::log
