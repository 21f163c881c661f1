// One file of a topic's log, as its writer and its readers share it. The writer moves `end` when what lies before it
// may be read; that one store is all that readers ever wait for. A sealed segment never changes again.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <station/base/guarded.hpp>
#include <station/log/detail/index.hpp>
#include <station/log/detail/open_files.hpp>
#include <station/log/detail/scan.hpp>
#include <station/log/detail/sync_gate.hpp>
#include <station/log/layout.hpp>
#include <station/log/record.hpp>
#include <vector>

namespace station::log {

class Segment final : public ByteSource {
  public:
    Segment(OpenFiles& files, const Path& folder, std::uint32_t number, const SegmentHeader& header);

    std::uint32_t number() const { return number_; }
    const Path& path() const { return path_; }
    const Path& index_path() const { return index_path_; }
    std::uint64_t base_offset() const { return header_.base_offset; }
    const SegmentHeader& header() const { return header_; }

    // Any thread: what readers read. Nothing stays open or mapped for one that holds nothing.
    Expected<Mapping> load(const Wanted& wanted) override { return files_.load(path_, wanted); }
    Expected<Mapping> load_hot(const Wanted& wanted) override { return files_.load_hot(serial_, path_, wanted); }

    // Bytes before end() may be read; events before next_offset() lie there.
    std::uint64_t end() const { return end_.load(std::memory_order_acquire); }
    std::uint64_t next_offset() const { return next_offset_.load(std::memory_order_acquire); }
    bool sealed() const { return sealed_.load(std::memory_order_acquire); }
    bool empty() const { return next_offset() == base_offset(); }
    // The time of the last event, ns since 1970; only where there is one.
    std::int64_t last_time() const;
    // Nobody will change its files any more, nor write its index.
    bool settled() const { return settled_.load(std::memory_order_acquire); }
    // The writer has synced events of it.
    bool begun() const { return begun_.load(std::memory_order_acquire); }
    // It is no longer the topic's: its files are gone, or about to go.
    bool retired() const { return retired_.load(std::memory_order_acquire); }
    // False as well where that can't be told now.
    bool has_lost_its_file() const;

    // True where even the first event is not before `target`, or where there is none.
    bool begins_at_or_after(const Target& target) const;
    // A position before end() from which a scan meets the first event that is not before `target`. An error: its index
    // could not be read now. `window` is that of the scan, which may find what it needs there.
    Expected<std::uint64_t> floor(const Target& target, RecordWindow& window);

    // Any thread: the gap that begins at `position`, where no expected record is; what recovery has found is not looked
    // for again.
    Expected<Gap> gap_at(std::uint64_t position, std::uint64_t end, const Expectation& expected);

    // Whoever syncs the segment's file, which `file` is; an error is final. See sync_gate.hpp.
    std::error_code sync(File& file);

    // The writer's side.
    void add_to_index(std::uint64_t position, const Record& record, std::size_t stride);
    // Room for so many more entries: add_to_index() can't fail then. May throw std::bad_alloc.
    void expect_in_index(std::size_t entries);
    void advance(std::uint64_t end, const Record& last);
    void seal() { sealed_.store(true, std::memory_order_release); }
    void settle() { settled_.store(true, std::memory_order_release); }
    void begin() { begun_.store(true, std::memory_order_release); }
    void retire() { retired_.store(true, std::memory_order_release); }
    // What recovery found. `index` is nullopt where the file beside the segment holds it.
    void restore(const IndexSummary& summary, std::uint64_t end, std::optional<SparseIndex> index,
                 std::vector<Gap> gaps = {});
    IndexSummary summary(std::uint64_t durable_end) const;
    SparseIndex index_copy() const;
    // From now on the index is read from its file, which has been written.
    void drop_index();

  private:
    std::optional<std::uint64_t> quick_floor(const Target& target, std::uint64_t limit, RecordWindow& window);

    OpenFiles& files_;
    const std::uint64_t serial_;
    const std::uint32_t number_;
    const Path path_;
    const Path index_path_;
    const SegmentHeader header_;

    std::atomic<std::uint64_t> end_{kSegmentHeaderSize};
    std::atomic<std::uint64_t> next_offset_;
    std::atomic<bool> sealed_{false};
    std::atomic<bool> settled_{false};
    std::atomic<bool> begun_{false};
    std::atomic<bool> retired_{false};
    SyncGate syncs_;

    mutable base::Mutex mutex_;
    std::optional<SparseIndex> index_ STATION_GUARDED_BY(mutex_){SparseIndex{}};
    std::vector<Gap> gaps_ STATION_GUARDED_BY(mutex_);
    std::int64_t first_time_ STATION_GUARDED_BY(mutex_) = 0;
    std::int64_t last_time_ STATION_GUARDED_BY(mutex_) = 0;
    EventId first_id_ STATION_GUARDED_BY(mutex_);
    EventId last_id_ STATION_GUARDED_BY(mutex_);
};

// The segments of a topic, oldest first. Any thread.
class SegmentList {
  public:
    using Pointer = std::shared_ptr<Segment>;

    void append(Pointer segment);
    // The first ones go; the last one never. They are retired before anybody sees the list without them.
    void drop_front(std::size_t count);
    // For who only reads: those at the front whose files another process has removed go. True where any did.
    bool drop_missing();
    Pointer first() const;
    Pointer last() const;
    Pointer after(const Segment& segment) const;  // nullptr behind the last one
    // The segment in which the first event that is not before `target` lies, or the last one.
    Pointer find(const Target& target) const;
    std::vector<Pointer> all() const;
    bool empty() const;

  private:
    mutable base::SharedMutex mutex_;
    std::vector<Pointer> segments_ STATION_GUARDED_BY(mutex_);
};

}  // namespace station::log
