#include <algorithm>
#include <station/base/assertion.hpp>
#include <station/log/detail/segment.hpp>

namespace station::log {

using base::Lock;
using base::SharedLock;
using Entries = std::span<const IndexEntry>;

Segment::Segment(OpenFiles& files, const Path& folder, std::uint32_t number, const SegmentHeader& header)
    : files_(files),
      serial_(files.next_serial()),
      number_(number),
      path_(folder / segment_file_name(number)),
      index_path_(folder / index_file_name(number)),
      header_(header),
      next_offset_(header.base_offset) {}

bool Segment::begins_at_or_after(const Target& target) const {
    if (empty()) return true;
    const Lock lock{mutex_};
    return !target.before(header_.base_offset, first_time_, first_id_);
}

// The log itself vouches for what the index file says: an entry that names the record that lies where it leads is as
// good as that record (so would be a copy of it in a payload, were the entry damaged to lead to just that byte). All
// else, errors too, is left to who reads the whole file, with its CRC. It is not kept open: that would save 3 us of
// some 22, and cost a descriptor for each segment that is looked into.
std::optional<std::uint64_t> Segment::quick_floor(const Target& target, std::uint64_t limit, RecordWindow& window) {
    const auto file = files_.open(index_path_, Open::read);
    if (!file) return std::nullopt;
    const auto entry = peek_floor(**file, header_.created, target, base_offset(), limit);
    if (!entry) return std::nullopt;
    if (entry->position == 0) return kSegmentHeaderSize;  // right whatever the file says
    Record record;
    const auto decoded = window.decode(*this, entry->position, limit, record);
    if (!decoded || *decoded != Decoded::ok || !entry->names(record, base_offset())) return std::nullopt;
    return entry->position;
}

Expected<std::uint64_t> Segment::floor(const Target& target, RecordWindow& window) {
    // The index runs ahead of the end: its entries are there before what they lead to may be read.
    const std::uint64_t limit = end();
    {
        const Lock lock{mutex_};
        if (index_) return index_->floor(target, base_offset(), limit);
    }
    if (const auto position = quick_floor(target, limit, window)) return *position;
    const auto file = load_index(files_, index_path_);
    if (!file) return tl::unexpected(file.error());
    const bool fits = *file && (*file)->summary.sealed && (*file)->summary.created == header_.created;
    return fits ? (*file)->index.floor(target, base_offset(), limit) : kSegmentHeaderSize;
}

std::int64_t Segment::last_time() const {
    const Lock lock{mutex_};
    return last_time_;
}

bool Segment::has_lost_its_file() const { return !files_.exists(path_).value_or(true); }

std::error_code Segment::sync(File& file) {
    return syncs_.pass([&] { return as_final(file.sync()); });
}

void Segment::add_to_index(std::uint64_t position, const Record& record, std::size_t stride) {
    const Lock lock{mutex_};
    index_->add(position, base_offset(), record, stride);
    if (record.offset == base_offset()) {
        first_time_ = record.time;
        first_id_ = record.id;
    }
}

void Segment::expect_in_index(std::size_t entries) {
    const Lock lock{mutex_};
    auto& all = index_->entries();
    if (all.capacity() - all.size() < entries) all.reserve(std::max(all.size() + entries, all.size() * 2));
}

void Segment::advance(std::uint64_t end, const Record& last) {
    {
        const Lock lock{mutex_};
        last_time_ = last.time;
        last_id_ = last.id;
    }
    next_offset_.store(last.offset + 1, std::memory_order_release);
    end_.store(end, std::memory_order_release);
}

Expected<Gap> Segment::gap_at(std::uint64_t position, std::uint64_t end, const Expectation& expected) {
    std::optional<IndexFile> known;
    {
        const Lock lock{mutex_};
        const auto found = std::find_if(gaps_.begin(), gaps_.end(),
                                        [&](const Gap& gap) { return gap.from == position && gap.to <= end; });
        if (found != gaps_.end()) return *found;
        if (index_) known = IndexFile{{}, *index_};
    }
    if (!known) {
        auto file = load_index(files_, index_path_);
        if (!file) return tl::unexpected(file.error());
        if (*file && (*file)->summary.created == header_.created) known = std::move(*file);
    }
    RecordWindow window;
    return find_gap(*this, window,
                    {position, end, expected, base_offset(), known ? known->index.entries() : Entries{}});
}

void Segment::restore(const IndexSummary& summary, std::uint64_t end, std::optional<SparseIndex> index,
                      std::vector<Gap> gaps) {
    const Lock lock{mutex_};
    gaps_ = std::move(gaps);
    first_time_ = summary.first_time;
    last_time_ = summary.last_time;
    first_id_ = summary.first_id;
    last_id_ = summary.last_id;
    index_ = std::move(index);
    sealed_.store(summary.sealed, std::memory_order_release);
    settled_.store(summary.sealed && !index_, std::memory_order_release);
    next_offset_.store(summary.next_offset, std::memory_order_release);
    end_.store(end, std::memory_order_release);
}

IndexSummary Segment::summary(std::uint64_t durable_end) const {
    const Lock lock{mutex_};
    return {sealed(),    base_offset(), header_.created, durable_end, next_offset(),
            first_time_, last_time_,    first_id_,       last_id_};
}

SparseIndex Segment::index_copy() const {
    const Lock lock{mutex_};
    return index_.value_or(SparseIndex{});
}

void Segment::drop_index() {
    const Lock lock{mutex_};
    index_.reset();
}

void SegmentList::append(Pointer segment) {
    const Lock lock{mutex_};
    segments_.push_back(std::move(segment));
}

void SegmentList::drop_front(std::size_t count) {
    const Lock lock{mutex_};
    STATION_ASSERT(count < segments_.size());
    const auto behind = segments_.begin() + static_cast<std::ptrdiff_t>(count);
    std::for_each(segments_.begin(), behind, [](const Pointer& segment) { segment->retire(); });
    segments_.erase(segments_.begin(), behind);
}

bool SegmentList::drop_missing() {
    bool any = false;
    for (auto oldest = first(); oldest != nullptr && oldest->has_lost_its_file(); oldest = first()) {
        const Lock lock{mutex_};
        if (segments_.size() < 2) break;
        if (segments_.front() != oldest) continue;  // somebody else was quicker
        oldest->retire();
        segments_.erase(segments_.begin());
        any = true;
    }
    return any;
}

SegmentList::Pointer SegmentList::first() const {
    const SharedLock lock{mutex_};
    return segments_.empty() ? nullptr : segments_.front();
}

SegmentList::Pointer SegmentList::last() const {
    const SharedLock lock{mutex_};
    return segments_.empty() ? nullptr : segments_.back();
}

SegmentList::Pointer SegmentList::after(const Segment& segment) const {
    const SharedLock lock{mutex_};
    const auto behind = std::partition_point(segments_.begin(), segments_.end(),
                                             [&](const Pointer& other) { return other->number() <= segment.number(); });
    return behind == segments_.end() ? nullptr : *behind;
}

SegmentList::Pointer SegmentList::find(const Target& target) const {
    const SharedLock lock{mutex_};
    const auto behind = std::partition_point(segments_.begin(), segments_.end(), [&](const Pointer& segment) {
        return !segment->begins_at_or_after(target);
    });
    return behind == segments_.begin() ? segments_.front() : *std::prev(behind);
}

std::vector<SegmentList::Pointer> SegmentList::all() const {
    const SharedLock lock{mutex_};
    return segments_;
}

bool SegmentList::empty() const {
    const SharedLock lock{mutex_};
    return segments_.empty();
}

}  // namespace station::log
