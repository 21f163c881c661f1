#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <station/ledger/coordinate/coordinate.hpp>
#include <station/ledger/event/event.hpp>
#include <station/ledger/wire/detail/integer.hpp>
#include <station/ledger/wire/message_pack.hpp>

namespace station::ledger {
namespace {

// The bytes that are the same in every event: a key, and what of its value is. Written and compared as a whole.
template <std::size_t N>
using KeyBytes = std::array<std::byte, N>;

template <std::size_t N, std::size_t M = 1>
consteval KeyBytes<N + M - 1> key_bytes(const char (&name)[N], const char (&behind)[M] = "") {
    static_assert(N - 1 < 32, "a fixstr");
    KeyBytes<N + M - 1> run{};
    run[0] = static_cast<std::byte>(0xa0 + N - 1);
    for (std::size_t i = 0; i + 1 < N; ++i) run[1 + i] = static_cast<std::byte>(name[i]);
    for (std::size_t i = 0; i + 1 < M; ++i) run[N + i] = static_cast<std::byte>(behind[i]);
    return run;
}

constexpr char kIdBehind[] = "\xc4\x10";
constexpr char kHashBehind[] = "\xc4\x20";
constexpr std::byte kNil{0xc0};
constexpr KeyBytes<2> kIdHead{std::byte{0xc4}, std::byte{0x10}};

constexpr auto kEventKey = key_bytes("event", "\x83");
constexpr auto kHeaderKey = key_bytes("header");
constexpr KeyBytes<1> kHeaderHead{std::byte{0x89}};
constexpr auto kEventIdKey = key_bytes("event_id", kIdBehind);
constexpr auto kCorrelationKey = key_bytes("correlation_id", kIdBehind);
constexpr auto kCausationKey = key_bytes("causation_id");
constexpr auto kTimestampKey = key_bytes("timestamp_us");
constexpr auto kPositionKey = key_bytes("position", "\x85");
constexpr auto kWallKey = key_bytes("wall_ms");
constexpr auto kCounterKey = key_bytes("counter");
constexpr auto kDepthKey = key_bytes("depth");
constexpr auto kLaneKey = key_bytes("lane");
constexpr auto kSequenceKey = key_bytes("sequence");
constexpr auto kPayloadSizeKey = key_bytes("payload_size");
constexpr auto kKindKey = key_bytes("event_kind");
constexpr auto kFlagsKey = key_bytes("flags");
constexpr auto kContentHashKey = key_bytes("content_hash", kHashBehind);
constexpr auto kPayloadKey = key_bytes("payload");
constexpr auto kHashChainKey = key_bytes("hash_chain", "\x82");
constexpr auto kPrevHashKey = key_bytes("prev_hash", kHashBehind);
constexpr auto kEventHashKey = key_bytes("event_hash", kHashBehind);
constexpr auto kEntityKey = key_bytes("entity");
constexpr auto kScopeKey = key_bytes("scope");
constexpr auto kIdempotencyKey = key_bytes("idempotency_key", kIdBehind);
constexpr auto kBatchKey = key_bytes("batch", "\x82");
constexpr auto kFirstKey = key_bytes("first");
constexpr auto kCountKey = key_bytes("count");

template <typename... Runs>
constexpr std::size_t size_of(const Runs&... runs) {
    return (runs.size() + ...);
}

// The most that an event's parts can have before and behind its payload.
constexpr std::size_t kMaxHeader =
    size_of(kHeaderHead, kEventIdKey, kCorrelationKey, kCausationKey, kIdHead, kTimestampKey, kPositionKey, kWallKey,
            kCounterKey, kDepthKey, kLaneKey, kSequenceKey, kPayloadSizeKey, kKindKey, kFlagsKey, kContentHashKey) +
    3 * EventId::kSize + Hash::kSize + 9 * detail::kMaxInteger;
constexpr std::size_t kMaxBefore = 1 + size_of(kEventKey, kHeaderKey, kPayloadKey) + kMaxHeader;
constexpr std::size_t kMaxBehind = size_of(kHashChainKey, kPrevHashKey, kEventHashKey, kEntityKey, kScopeKey,
                                           kIdempotencyKey, kBatchKey, kFirstKey, kCountKey) +
                                   2 * Hash::kSize + 2 * (2 + kMaxName) + EventId::kSize + 2 * detail::kMaxInteger;

// Puts one thing behind the other. Whoever made the room knows that it is enough.
class Pen {
  public:
    explicit Pen(std::byte* at) : at_(at) {}
    std::byte* at() const { return at_; }

    Pen& bytes(Bytes bytes) {
        at_ = std::copy(bytes.begin(), bytes.end(), at_);
        return *this;
    }
    template <std::size_t N>
    Pen& run(const KeyBytes<N>& bytes) {
        std::memcpy(at_, bytes.data(), N);
        at_ += N;
        return *this;
    }
    Pen& skip(std::size_t size) {
        at_ += size;
        return *this;
    }
    Pen& byte(std::byte value) {
        *at_++ = value;
        return *this;
    }
    Pen& number(std::uint64_t value) {
        at_ = detail::put_unsigned(at_, value);
        return *this;
    }
    Pen& integer(std::int64_t value) {
        at_ = detail::put_integer(at_, value);
        return *this;
    }
    Pen& name(std::string_view text) {
        const bool is_short = text.size() < 32;
        at_ = detail::put_head(at_, is_short ? 0xa0 + static_cast<unsigned>(text.size()) : 0xd9, text.size(),
                               is_short ? 0 : 1);
        return bytes(log::as_bytes(text));
    }

  private:
    std::byte* at_;
};

void put_header(Pen& pen, const EventHeader& header) {
    pen.run(kHeaderHead).run(kEventIdKey).run(header.event_id.bytes());
    pen.run(kCorrelationKey).run(header.correlation_id.bytes()).run(kCausationKey);
    if (header.causation_id) {
        pen.run(kIdHead).run(header.causation_id->bytes());
    } else {
        pen.byte(kNil);
    }
    pen.run(kTimestampKey).integer(header.timestamp_us).run(kPositionKey);
    pen.run(kWallKey).number(header.position.wall_ms).run(kCounterKey).number(header.position.counter);
    pen.run(kDepthKey).number(header.position.depth).run(kLaneKey).number(header.position.lane);
    pen.run(kSequenceKey).number(header.position.sequence).run(kPayloadSizeKey).number(header.payload_size);
    pen.run(kKindKey).number(header.event_kind.bits()).run(kFlagsKey).number(header.flags);
    pen.run(kContentHashKey).run(header.content_hash.bytes);
}

EventId take_id(PackReader& reader) {
    std::array<std::byte, EventId::kSize> bytes{};
    std::ranges::copy(reader.take(bytes.size()), bytes.begin());
    return EventId{bytes};
}

Hash take_hash(PackReader& reader) {
    const Bytes bytes = reader.take(Hash::kSize);
    return reader.ok() ? Hash::from_bytes(bytes) : Hash{};
}

template <typename T>
T take_small(PackReader& reader) {
    const std::uint64_t number = reader.unsigned_integer();
    if (number > std::numeric_limits<T>::max()) reader.fail();
    return static_cast<T>(number);
}

std::uint64_t take_number(PackReader& reader, Bytes key_before) {
    reader.raw(key_before);
    return reader.unsigned_integer();
}

EventHeader take_header(PackReader& reader) {
    EventHeader header;
    reader.raw(kHeaderHead);
    reader.raw(kEventIdKey);
    header.event_id = take_id(reader);
    reader.raw(kCorrelationKey);
    header.correlation_id = take_id(reader);
    reader.raw(kCausationKey);
    if (!reader.nil()) {
        reader.raw(kIdHead);
        header.causation_id = take_id(reader);
    }
    reader.raw(kTimestampKey);
    header.timestamp_us = reader.integer();
    reader.raw(kPositionKey);
    header.position.wall_ms = take_number(reader, kWallKey);
    header.position.counter = take_number(reader, kCounterKey);
    header.position.depth = take_number(reader, kDepthKey);
    header.position.lane = take_number(reader, kLaneKey);
    header.position.sequence = take_number(reader, kSequenceKey);
    header.payload_size = take_number(reader, kPayloadSizeKey);
    reader.raw(kKindKey);
    header.event_kind = EventKind::from_bits(take_small<std::uint16_t>(reader));
    reader.raw(kFlagsKey);
    header.flags = take_small<std::uint8_t>(reader);
    reader.raw(kContentHashKey);
    header.content_hash = take_hash(reader);
    return header;
}

std::string_view take_name(PackReader& reader, Bytes key_before) {
    reader.raw(key_before);
    const std::string_view name = reader.string();
    if (!is_name(name)) reader.fail();
    return name;
}

// What may stand behind the scope: as many of the two as the outermost map announced.
void take_tail(PackReader& reader, std::uint32_t members, EventView& event) {
    event.tail = reader.rest();
    const bool has_key = members == 2 || (members == 1 && event.tail.size() >= kIdempotencyKey.size() &&
                                          event.tail.front() == kIdempotencyKey.front());
    if (has_key) {
        reader.raw(kIdempotencyKey);
        event.idempotency_key = take_id(reader);
    }
    if (members - (has_key ? 1 : 0) == 1) {
        reader.raw(kBatchKey);
        event.batch = BatchMark{take_number(reader, kFirstKey), take_number(reader, kCountKey)};
        if (event.batch->count < 2) reader.fail();
    }
}

}  // namespace

tl::expected<EventView, std::error_code> decode_event(Bytes record_payload) {
    PackReader reader{record_payload};
    EventView event;
    const std::uint32_t members = reader.map();
    if (members < 3 || members > 5) return tl::unexpected(make_error_code(Errc::not_an_event));
    reader.raw(kEventKey);
    reader.raw(kHeaderKey);
    event.header_bytes = reader.rest();
    event.header = take_header(reader);
    event.header_bytes = event.header_bytes.first(event.header_bytes.size() - reader.rest().size());
    reader.raw(kPayloadKey);
    event.payload = reader.value();
    if (event.payload.size() != event.header.payload_size) reader.fail();
    reader.raw(kHashChainKey);
    reader.raw(kPrevHashKey);
    event.prev_hash = take_hash(reader);
    reader.raw(kEventHashKey);
    event.event_hash = take_hash(reader);
    event.entity = take_name(reader, kEntityKey);
    event.scope = take_name(reader, kScopeKey);
    take_tail(reader, members - 3, event);
    if (!reader.ok() || !reader.at_end()) return tl::unexpected(make_error_code(Errc::not_an_event));
    return event;
}

Hash hash_of(const Hash& prev_hash, std::string_view entity, std::string_view scope, Bytes header_bytes, Bytes tail) {
    static constexpr std::array<std::byte, 1> kEnd{};
    return Hasher{}
        .update(prev_hash.bytes)
        .update(log::as_bytes(entity))
        .update(kEnd)
        .update(log::as_bytes(scope))
        .update(kEnd)
        .update(header_bytes)
        .update(tail)
        .finish();
}

EventEncoder::EventEncoder(std::string_view entity, std::string_view scope, Bytes payload)
    : payload_size_(payload.size()), entity_(entity), scope_(scope), content_hash_(blake3(payload)) {
    static_assert(kMaxBefore <= kHeadroom && kMaxBefore + kMaxBehind <= kMaxOverhead);
    buffer_.reserve(kHeadroom + payload.size() + kMaxBehind);
    buffer_.resize(kHeadroom);
    buffer_.insert(buffer_.end(), payload.begin(), payload.end());
    buffer_.resize(buffer_.size() + kMaxBehind);
}

Bytes EventEncoder::encode(EventHeader header, const Hash& prev_hash, const std::optional<EventId>& key,
                           const std::optional<BatchMark>& batch, Hash& event_hash) {
    header.payload_size = payload_size_;
    header.content_hash = content_hash_;

    // How long it is turns out while it is written, and it must end where the payload begins.
    std::array<std::byte, kMaxBefore> before;
    Pen front{before.data()};
    front.byte(static_cast<std::byte>(0x83 + (key ? 1 : 0) + (batch ? 1 : 0))).run(kEventKey).run(kHeaderKey);
    const std::byte* const header_begin = front.at();
    put_header(front, header);
    const Bytes header_bytes{header_begin, front.at()};
    front.run(kPayloadKey);
    const auto before_size = static_cast<std::size_t>(front.at() - before.data());
    std::byte* const begin = buffer_.data() + kHeadroom - before_size;
    std::memcpy(begin, before.data(), before_size);

    Pen pen{buffer_.data() + kHeadroom + payload_size_};
    pen.run(kHashChainKey).run(kPrevHashKey).run(prev_hash.bytes).run(kEventHashKey);
    std::byte* const hash_at = pen.at();
    pen.skip(Hash::kSize).run(kEntityKey).name(entity_).run(kScopeKey).name(scope_);
    const std::byte* const tail = pen.at();
    if (key) pen.run(kIdempotencyKey).run(key->bytes());
    if (batch) pen.run(kBatchKey).run(kFirstKey).number(batch->first).run(kCountKey).number(batch->count);

    event_hash = hash_of(prev_hash, entity_, scope_, header_bytes, {tail, pen.at()});
    std::memcpy(hash_at, event_hash.bytes.data(), Hash::kSize);
    return {begin, pen.at()};
}

}  // namespace station::ledger
