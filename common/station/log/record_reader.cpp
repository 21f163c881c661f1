#include <algorithm>
#include <station/log/detail/topic_entry.hpp>
#include <station/log/record_reader.hpp>

namespace station::log {

RecordReader::RecordReader(const Topic& topic) : entry_(topic.entry_) {}
RecordReader::RecordReader(RecordReader&&) noexcept = default;
RecordReader& RecordReader::operator=(RecordReader&&) noexcept = default;
RecordReader::~RecordReader() = default;

Expected<Bytes> RecordReader::load(std::uint32_t position, std::size_t size, std::size_t most) {
    if (mapping_.memory && mapping_.covers(position, position + size)) return mapping_.bytes(position, position + size);
    mapping_ = {};
    auto loaded =
        segment_->load({.position = position, .least = size, .most = std::max(size, most), .buffer = &buffer_});
    if (!loaded) return tl::unexpected(loaded.error());
    mapping_ = std::move(*loaded);
    if (!mapping_.covers(position, position + size)) return tl::unexpected(std::make_error_code(std::errc::io_error));
    return mapping_.bytes(position, position + size);
}

Expected<EventView> RecordReader::read(std::uint64_t offset, std::uint32_t position, std::size_t size,
                                       std::size_t ahead) {
    constexpr std::size_t kUnknown = 1024;
    const auto holds = [offset](const Segment& segment) {
        return segment.base_offset() <= offset && offset < segment.next_offset();
    };
    if (segment_ == nullptr || !holds(*segment_)) {
        mapping_ = {};
        if (entry_->state.segments.empty()) return tl::unexpected(make_error_code(Errc::out_of_order));
        segment_ = entry_->state.segments.find(Target{Target::By::offset, offset, 0, {}, false});
        // find() is for scans, which may begin one segment early.
        if (!holds(*segment_)) segment_ = entry_->state.segments.after(*segment_);
        if (segment_ == nullptr || !holds(*segment_)) return tl::unexpected(make_error_code(Errc::out_of_order));
    }
    const std::uint64_t end = segment_->end();
    std::size_t needed = size > 0 ? size : kUnknown;
    for (;;) {
        if (position >= end) return tl::unexpected(make_error_code(Errc::damaged));
        const auto within = [&](std::size_t bytes) {
            return static_cast<std::size_t>(std::min<std::uint64_t>(bytes, end - position));
        };
        const auto bytes = load(position, within(needed), within(ahead));
        if (!bytes) return tl::unexpected(bytes.error());
        EventView record;
        const Decoded decoded = decode_record(*bytes, record, needed);
        if (decoded == Decoded::ok && record.offset == offset) return record;
        if (decoded != Decoded::incomplete || needed > end - position) {
            return tl::unexpected(make_error_code(Errc::damaged));
        }
    }
}

}  // namespace station::log
