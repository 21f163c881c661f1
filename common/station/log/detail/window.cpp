#include <algorithm>
#include <new>
#include <station/base/assertion.hpp>
#include <station/log/detail/residency.hpp>
#include <station/log/detail/window.hpp>
#include <station/log/error.hpp>

namespace station::log {

Expected<Mapping> FileReader::load(std::uint64_t position, std::size_t wanted) {
    constexpr std::size_t kPart = std::size_t{256} << 10;  // what is read is looked at while it is in the cache
    const std::size_t size = std::max(kPart, wanted);
    if (memory_ == nullptr || memory_.use_count() > 1 || capacity_ < size) {
        memory_.reset();
        auto* const fresh = new (std::nothrow) std::byte[size];
        if (fresh == nullptr) return tl::unexpected(std::make_error_code(std::errc::not_enough_memory));
        memory_ = std::shared_ptr<std::byte>{fresh, std::default_delete<std::byte[]>{}};
        capacity_ = size;
    }
    auto read = file_.read_at(position, {memory_.get(), size});
    if (!read) return tl::unexpected(read.error());
    if (at_end_ == End::zeros && *read < wanted) {
        std::fill(memory_.get() + *read, memory_.get() + wanted, std::byte{0});
        read = wanted;
    }
    return Mapping{memory_, position, *read};
}

Expected<Bytes> RecordWindow::bytes(ByteSource& source, std::uint64_t position, std::uint64_t limit,
                                    std::size_t wanted) {
    STATION_ASSERT(position <= limit);
    const std::uint64_t needed_to = position + std::min<std::uint64_t>(limit - position, wanted);
    if (!mapping_.memory || needed_to > known_to_ || !mapping_.covers(position, needed_to)) {
        leave();
        if (const auto error = move_to(source, position, static_cast<std::size_t>(needed_to - position))) {
            return tl::unexpected(error);
        }
        // Shorter than it was a moment ago.
        if (!mapping_.covers(position, needed_to)) return tl::unexpected(std::make_error_code(std::errc::io_error));
        known_to_ = limit;
    }
    std::uint64_t to = std::min({limit, known_to_, mapping_.offset + mapping_.size});
    if (mapping_.mapped && position < trusted_from_) {
        if (const auto error = touch(position, needed_to, to)) return tl::unexpected(error);
        to = touched_to_;
    }
    return mapping_.bytes(position, to);
}

std::error_code RecordWindow::move_to(ByteSource& source, std::uint64_t position, std::size_t wanted) {
    if (!may_wait_) {
        auto at_hand = source.at_hand(position, wanted);
        if (!at_hand) return Errc::not_in_memory;
        mapping_ = std::move(*at_hand);
        return {};
    }
    auto loaded = source.load(position, wanted);
    if (!loaded) return loaded.error();
    mapping_ = std::move(*loaded);
    return {};
}

// A part of the mapping at a time: what is read of it is all that it costs.
std::error_code RecordWindow::touch(std::uint64_t position, std::uint64_t needed_to, std::uint64_t to) {
    constexpr std::uint64_t kPart = std::uint64_t{256} << 10;
    if (position >= touched_from_ && needed_to <= touched_to_) return {};
    const std::uint64_t part_to = std::min(to, std::max(needed_to, position + kPart));
    const Bytes part = mapping_.bytes(position, part_to);
    if (may_wait_) {
        if (const auto error = bring_into_memory(part)) return error;
        touched_to_ = part_to;
    } else {
        const std::uint64_t resident_to = position + resident_bytes(part);
        if (resident_to < needed_to) return Errc::not_in_memory;
        touched_to_ = resident_to;
    }
    touched_from_ = position;
    return {};
}

void RecordWindow::leave() {
    if (left_ == Left::keep && mapping_.memory) kept_.push_back(std::move(mapping_));
    mapping_ = {};
    touched_from_ = touched_to_ = 0;
}

void RecordWindow::clear() {
    mapping_ = {};
    touched_from_ = touched_to_ = 0;
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
