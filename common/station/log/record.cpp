#include <station/log/detail/crc32c.hpp>
#include <station/log/record.hpp>

namespace station::log {
namespace {

constexpr std::size_t kVersionAt = 4;
constexpr std::size_t kFlagsAt = 6;
constexpr std::size_t kLengthAt = 8;
constexpr std::size_t kIdAt = 12;
constexpr std::size_t kTimeAt = 28;
constexpr std::size_t kOffsetAt = 36;
constexpr std::size_t kUnsyncedAt = 44;
constexpr std::size_t kTopicLengthAt = 48;
constexpr std::size_t kPayloadLengthAt = 50;
constexpr std::size_t kPayloadAt = 54;
static_assert(kLengthAt + 4 == kRecordPrefixSize);
static_assert(kPayloadLengthAt == kTopicLengthAt + 2 && kPayloadAt + 2 * 4 == kRecordOverhead);  // HEADERS_LEN, CRC

struct Frame {
    std::size_t payload = 0;
    std::size_t headers = 0;
    std::size_t size() const { return record_size(payload, headers); }
};

// The lengths of the record that `bytes` begins with, as far as they agree with one another.
Decoded read_frame(Bytes bytes, Frame& frame, std::size_t& needed) {
    const std::byte* const at = bytes.data();
    if (bytes.size() < kRecordOverhead) {
        needed = kRecordOverhead;
        return Decoded::incomplete;
    }
    if (load_little<std::uint32_t>(at) != kRecordMagic ||
        load_little<std::uint16_t>(at + kVersionAt) != kFormatVersion ||
        load_little<std::uint16_t>(at + kFlagsAt) != 0 || load_little<std::uint16_t>(at + kTopicLengthAt) != 0) {
        return Decoded::invalid;
    }
    const std::size_t length = load_little<std::uint32_t>(at + kLengthAt);
    frame.payload = load_little<std::uint32_t>(at + kPayloadLengthAt);
    const std::size_t without_headers = record_size(frame.payload, 0) - kRecordPrefixSize;
    if (frame.payload > kMaxPayload || length < without_headers || length > without_headers + kMaxHeaders) {
        return Decoded::invalid;
    }
    frame.headers = length - without_headers;
    if (bytes.size() < frame.size()) {
        needed = frame.size();
        return Decoded::incomplete;
    }
    const auto headers = load_little<std::uint32_t>(at + kPayloadAt + frame.payload);
    return headers == frame.headers ? Decoded::ok : Decoded::invalid;
}

}  // namespace

std::array<std::byte, kSegmentHeaderSize> encode_segment_header(const SegmentHeader& header) {
    std::array<std::byte, kSegmentHeaderSize> bytes;
    store_little(bytes.data(), kSegmentMagic);
    store_little(bytes.data() + 4, kFormatVersion);
    store_little(bytes.data() + 6, header.flags);
    store_little(bytes.data() + 8, header.base_offset);
    store_little(bytes.data() + 16, header.created);
    store_little(bytes.data() + 24, header.stream);
    store_little(bytes.data() + 28, crc32c(Bytes{bytes}.first(28)));
    return bytes;
}

Decoded decode_segment_header(Bytes bytes, SegmentHeader& header) {
    if (bytes.size() < kSegmentHeaderSize) return Decoded::incomplete;
    const std::byte* const at = bytes.data();
    if (load_little<std::uint32_t>(at) != kSegmentMagic ||
        load_little<std::uint32_t>(at + 28) != crc32c(bytes.first(28))) {
        return Decoded::invalid;
    }
    const auto version = load_little<std::uint16_t>(at + 4);
    if (version != kFormatVersion) return version > kFormatVersion ? Decoded::unsupported : Decoded::invalid;
    header.flags = load_little<std::uint16_t>(at + 6);
    header.base_offset = load_little<std::uint64_t>(at + 8);
    header.created = load_little<std::int64_t>(at + 16);
    header.stream = load_little<std::uint32_t>(at + 24);
    return Decoded::ok;
}

void encode_record(const Record& record, std::byte* to) {
    const std::size_t size = record.size();
    store_little(to, kRecordMagic);
    store_little(to + kVersionAt, kFormatVersion);
    store_little(to + kFlagsAt, std::uint16_t{0});
    store_little(to + kLengthAt, static_cast<std::uint32_t>(size - kRecordPrefixSize));
    std::memcpy(to + kIdAt, record.id.bytes().data(), EventId::kSize);
    store_little(to + kTimeAt, record.time);
    store_little(to + kOffsetAt, record.offset);
    store_little(to + kUnsyncedAt, record.unsynced);
    store_little(to + kTopicLengthAt, std::uint16_t{0});
    store_little(to + kPayloadLengthAt, static_cast<std::uint32_t>(record.payload.size()));
    if (!record.payload.empty()) std::memcpy(to + kPayloadAt, record.payload.data(), record.payload.size());
    std::byte* const headers = to + kPayloadAt + record.payload.size();
    store_little(headers, static_cast<std::uint32_t>(record.headers.size()));
    if (!record.headers.empty()) std::memcpy(headers + 4, record.headers.data(), record.headers.size());
    store_little(to + size - 4, crc32c({to + kRecordPrefixSize, size - kRecordPrefixSize - 4}));
}

Decoded decode_record(Bytes bytes, Record& record, std::size_t& needed) {
    Frame frame;
    if (const Decoded framed = read_frame(bytes, frame, needed); framed != Decoded::ok) return framed;
    const std::byte* const at = bytes.data();
    const std::size_t size = frame.size();
    const std::uint32_t crc = crc32c({at + kRecordPrefixSize, size - kRecordPrefixSize - 4});
    if (crc != load_little<std::uint32_t>(at + size - 4)) return Decoded::invalid;
    std::array<std::byte, EventId::kSize> id;
    std::memcpy(id.data(), at + kIdAt, id.size());
    record.id = EventId{id};
    record.time = load_little<std::int64_t>(at + kTimeAt);
    record.offset = load_little<std::uint64_t>(at + kOffsetAt);
    record.unsynced = load_little<std::uint32_t>(at + kUnsyncedAt);
    record.payload = bytes.subspan(kPayloadAt, frame.payload);
    record.headers = bytes.subspan(kPayloadAt + frame.payload + 4, frame.headers);
    return Decoded::ok;
}

std::optional<std::size_t> framed_size(Bytes bytes) {
    Frame frame;
    std::size_t needed = 0;
    if (read_frame(bytes, frame, needed) != Decoded::ok) return std::nullopt;
    return frame.size();
}

}  // namespace station::log
