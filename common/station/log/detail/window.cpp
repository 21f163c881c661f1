#include <algorithm>
#include <station/base/assertion.hpp>
#include <station/log/detail/window.hpp>
#include <station/log/error.hpp>

namespace station::log {

Expected<Mapping> FileReader::load(const Wanted& wanted) {
    constexpr std::size_t kPart = std::size_t{256} << 10;  // what is read is looked at while it is in the cache
    const std::size_t size = std::max(wanted.least, std::min(wanted.most, kPart));
    const auto memory = (wanted.buffer != nullptr ? *wanted.buffer : buffer_).room(size);
    if (memory == nullptr) return tl::unexpected(std::make_error_code(std::errc::not_enough_memory));
    const std::span<std::byte> into{memory.get(), size};
    auto read = wanted.may_wait ? file_.read_at(wanted.position, into) : file_.read_resident(wanted.position, into);
    if (!read) return tl::unexpected(read.error());
    if (at_end_ == End::zeros && wanted.may_wait && *read < size) {
        std::fill(memory.get() + *read, memory.get() + size, std::byte{0});
        read = size;
    }
    // The rest is on the disk, or the file ends: who may wait finds out.
    if (!wanted.may_wait && *read < wanted.least) return tl::unexpected(make_error_code(Errc::not_in_memory));
    return Mapping{memory, wanted.position, *read};
}

Expected<Bytes> RecordWindow::bytes(ByteSource& source, std::uint64_t position, std::uint64_t limit,
                                    std::size_t wanted) {
    STATION_ASSERT(position <= limit);
    const std::uint64_t needed_to = position + std::min<std::uint64_t>(limit - position, wanted);
    const bool hot = position >= hot_from_;
    const bool is_here = mapping_.memory && needed_to <= known_to_ && mapping_.covers(position, needed_to);
    if (!is_here || (mapping_.mapped && !hot)) {
        leave();
        const Wanted part{position, static_cast<std::size_t>(needed_to - position),
                          static_cast<std::size_t>(limit - position), may_wait_};
        auto loaded = hot ? source.load_hot(part) : source.load(part);
        if (!loaded) return tl::unexpected(loaded.error());
        mapping_ = std::move(*loaded);
        // Shorter than it was a moment ago.
        if (!mapping_.covers(position, needed_to)) return tl::unexpected(std::make_error_code(std::errc::io_error));
        known_to_ = limit;
    }
    return mapping_.bytes(position, std::min({limit, known_to_, mapping_.offset + mapping_.size}));
}

void RecordWindow::leave() {
    if (left_ == Left::keep && mapping_.memory) kept_.push_back(std::move(mapping_));
    mapping_ = {};
}

void RecordWindow::clear() {
    mapping_ = {};
    kept_.clear();
}

Expected<Decoded> RecordWindow::decode(ByteSource& source, std::uint64_t position, std::uint64_t limit,
                                       Record& record) {
    std::size_t wanted = kRecordOverhead;
    for (;;) {
        const auto seen = bytes(source, position, limit, wanted);
        if (!seen) return tl::unexpected(seen.error());
        std::size_t needed = 0;
        const Decoded decoded = decode_record(*seen, record, needed);
        if (decoded != Decoded::incomplete || limit - position < needed) return decoded;
        wanted = needed;
    }
}

}  // namespace station::log
