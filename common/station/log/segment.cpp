#include <algorithm>
#include <charconv>
#include <cstdio>
#include <station/log/scan.hpp>
#include <station/log/segment.hpp>

namespace station::log {
namespace {

std::string numbered(std::uint32_t number, const char* extension) {
    char name[32];
    std::snprintf(name, sizeof name, "log-%08u.%s", number, extension);
    return name;
}

}  // namespace

std::string segment_file_name(std::uint32_t number) { return numbered(number, "seg"); }
std::string index_file_name(std::uint32_t number) { return numbered(number, "idx"); }

std::optional<std::uint32_t> segment_number(std::string_view file_name) {
    constexpr std::string_view kPrefix = "log-";
    if (!file_name.starts_with(kPrefix)) return std::nullopt;
    std::uint32_t number = 0;
    const std::string_view rest = file_name.substr(kPrefix.size());
    if (std::from_chars(rest.data(), rest.data() + rest.size(), number).ec != std::errc{}) return std::nullopt;
    if (number == 0 || segment_file_name(number) != file_name) return std::nullopt;
    return number;
}

Segment::Segment(Disk& disk, const Path& folder, std::uint32_t number, const SegmentHeader& header)
    : disk_(disk),
      number_(number),
      path_(folder / segment_file_name(number)),
      index_path_(folder / index_file_name(number)),
      header_(header),
      next_offset_(header.base_offset) {}

Expected<std::shared_ptr<File>> Segment::file() {
    const Lock lock{mutex_};
    if (auto open = file_.lock()) return open;
    auto opened = disk_.open(path_, Open::read);
    if (!opened) return tl::unexpected(opened.error());
    std::shared_ptr<File> shared{std::move(*opened)};
    file_ = shared;
    return shared;
}

bool Segment::begins_at_or_after(const Target& target) const {
    if (empty()) return true;
    const Lock lock{mutex_};
    return !target.before(header_.base_offset, first_time_, first_id_);
}

std::uint64_t Segment::floor(const Target& target) {
    {
        const Lock lock{mutex_};
        if (index_) return index_->floor(target, base_offset());
    }
    const auto file = load_index(disk_, index_path_);
    const bool fits = file && file->summary.sealed && file->summary.created == header_.created;
    return fits ? file->index.floor(target, base_offset()) : kSegmentHeaderSize;
}

void Segment::add_to_index(std::uint64_t position, const Record& record, std::size_t stride) {
    const Lock lock{mutex_};
    index_->add(position, base_offset(), record, stride);
    if (record.offset == base_offset()) {
        first_time_ = record.time;
        first_id_ = record.id;
    }
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

void Segment::restore(const IndexSummary& summary, std::uint64_t end, std::optional<SparseIndex> index) {
    const Lock lock{mutex_};
    first_time_ = summary.first_time;
    last_time_ = summary.last_time;
    first_id_ = summary.first_id;
    last_id_ = summary.last_id;
    index_ = std::move(index);
    sealed_.store(summary.sealed, std::memory_order_release);
    next_offset_.store(summary.next_offset, std::memory_order_release);
    end_.store(end, std::memory_order_release);
}

IndexSummary Segment::summary(std::uint64_t durable_end) const {
    const Lock lock{mutex_};
    return {sealed(),      base_offset(), header_.created, durable_end, next_offset(),
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
    const auto behind = std::partition_point(segments_.begin(), segments_.end(), [&](const Pointer& other) {
        return other->number() <= segment.number();
    });
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
