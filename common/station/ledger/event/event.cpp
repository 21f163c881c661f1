#include <algorithm>
#include <array>
#include <cstring>
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
constexpr KeyBytes<1> kNil{std::byte{0xc0}};
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
// And without the two names.
constexpr std::size_t kFixedBehind = size_of(kHashChainKey, kPrevHashKey, kEventHashKey, kEntityKey, kScopeKey,
                                             kIdempotencyKey, kBatchKey, kFirstKey, kCountKey) +
                                     2 * Hash::kSize + 2 * 2 + EventId::kSize + 2 * detail::kMaxInteger;

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
        pen.run(kNil);
    }
    pen.run(kTimestampKey).integer(header.timestamp_us).run(kPositionKey);
    pen.run(kWallKey).number(header.position.wall_ms).run(kCounterKey).number(header.position.counter);
    pen.run(kDepthKey).number(header.position.depth).run(kLaneKey).number(header.position.lane);
    pen.run(kSequenceKey).number(header.position.sequence).run(kPayloadSizeKey).number(header.payload_size);
    pen.run(kKindKey).number(header.event_kind.bits()).run(kFlagsKey).number(header.flags);
    pen.run(kContentHashKey).run(header.content_hash.bytes);
}

// Reads one thing after the other. After the first that is not what was asked for, ok() is false, nothing is left, and
// all reads as it was. Everything is inline, so that where it stands is kept in registers: an event has sixty parts.
class Scan {
  public:
    explicit Scan(Bytes bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}
    bool ok() const { return ok_; }
    bool at_end() const { return at_ == end_; }
    const std::byte* at() const { return at_; }
    Bytes rest() const { return {at_, end_}; }

    void fail() {
        ok_ = false;
        at_ = end_;
    }
    template <std::size_t N>
    bool begins_with(const KeyBytes<N>& expected) const {
        return static_cast<std::size_t>(end_ - at_) >= N && std::memcmp(at_, expected.data(), N) == 0;
    }
    template <std::size_t N>
    Scan& run(const KeyBytes<N>& expected) {
        if (!begins_with(expected)) return fail(), *this;
        at_ += N;
        return *this;
    }
    template <std::size_t N>
    Scan& copy(std::array<std::byte, N>& to) {
        if (static_cast<std::size_t>(end_ - at_) < N) return fail(), *this;
        std::memcpy(to.data(), at_, N);
        at_ += N;
        return *this;
    }
    Scan& id(EventId& to) {
        std::array<std::byte, EventId::kSize> bytes{};
        copy(bytes);
        to = EventId{bytes};
        return *this;
    }
    Scan& number(std::uint64_t& value) { return go_on_at(detail::take_unsigned(at_, end_, value)); }
    Scan& integer(std::int64_t& value) { return go_on_at(detail::take_integer(at_, end_, value)); }
    // Of at most so many bits.
    std::uint64_t small_number(unsigned bits) {
        std::uint64_t value = 0;
        number(value);
        if (value >> bits != 0) fail();
        return value;
    }
    Scan& name(std::string_view& text) {
        PackReader reader{rest()};
        text = reader.string();
        return is_name(text) ? go_on_at(reader.rest().data()) : (fail(), *this);
    }
    Bytes value() {
        const auto size = value_size(rest());
        if (!size) return fail(), Bytes{};
        at_ += *size;
        return {at_ - *size, at_};
    }

  private:
    Scan& go_on_at(const std::byte* next) {
        if (next == nullptr) return fail(), *this;
        at_ = next;
        return *this;
    }

    const std::byte* at_;
    const std::byte* end_;
    bool ok_ = true;
};

inline void take_header(Scan& scan, EventHeader& header) {
    scan.run(kHeaderHead).run(kEventIdKey).id(header.event_id);
    scan.run(kCorrelationKey).id(header.correlation_id).run(kCausationKey);
    if (scan.begins_with(kNil)) {
        scan.run(kNil);
    } else {
        scan.run(kIdHead).id(header.causation_id.emplace());
    }
    scan.run(kTimestampKey).integer(header.timestamp_us).run(kPositionKey);
    scan.run(kWallKey).number(header.position.wall_ms).run(kCounterKey).number(header.position.counter);
    scan.run(kDepthKey).number(header.position.depth).run(kLaneKey).number(header.position.lane);
    scan.run(kSequenceKey).number(header.position.sequence).run(kPayloadSizeKey).number(header.payload_size);
    header.event_kind = EventKind::from_bits(static_cast<std::uint16_t>(scan.run(kKindKey).small_number(16)));
    header.flags = static_cast<std::uint8_t>(scan.run(kFlagsKey).small_number(8));
    scan.run(kContentHashKey).copy(header.content_hash.bytes);
}

// What may stand behind the scope: as many of the two as the outermost map announced.
inline void take_tail(Scan& scan, unsigned members, EventView& event) {
    event.tail = scan.rest();
    if (members == 2 || (members == 1 && scan.begins_with(kIdempotencyKey))) {
        scan.run(kIdempotencyKey).id(event.idempotency_key.emplace());
        --members;
    }
    if (members == 1) {
        BatchMark& batch = event.batch.emplace();
        scan.run(kBatchKey).run(kFirstKey).number(batch.first).run(kCountKey).number(batch.count);
        if (batch.count < 2) scan.fail();
    }
}

}  // namespace

tl::expected<EventView, std::error_code> decode_event(Bytes record_payload) {
    tl::expected<EventView, std::error_code> decoded;
    EventView& event = *decoded;
    event.record = record_payload;
    Scan scan{record_payload.subspan(record_payload.empty() ? 0 : 1)};
    const unsigned members = record_payload.empty() ? 0 : std::to_integer<unsigned>(record_payload.front()) - 0x80;
    if (members < 3 || members > 5) scan.fail();
    scan.run(kEventKey).run(kHeaderKey);
    const std::byte* const header = scan.at();
    take_header(scan, event.header);
    event.header_bytes = {header, scan.at()};
    event.payload = scan.run(kPayloadKey).value();
    if (event.payload.size() != event.header.payload_size) scan.fail();
    scan.run(kHashChainKey).run(kPrevHashKey).copy(event.prev_hash.bytes);
    scan.run(kEventHashKey).copy(event.event_hash.bytes);
    scan.run(kEntityKey).name(event.entity).run(kScopeKey).name(event.scope);
    take_tail(scan, members - 3, event);
    if (!scan.ok() || !scan.at_end()) decoded = tl::unexpected(make_error_code(Errc::not_an_event));
    return decoded;
}

tl::expected<EventView, std::error_code> decode_parts(Bytes header_bytes, Bytes tail) {
    EventView event;
    event.header_bytes = header_bytes;
    Scan header{header_bytes};
    take_header(header, event.header);
    // How many members there are stands in front of a record only.
    for (unsigned members = 0; header.ok() && header.at_end() && members <= 2; ++members) {
        EventView with_tail = event;
        Scan scan{tail};
        take_tail(scan, members, with_tail);
        if (scan.ok() && scan.at_end()) return with_tail;
    }
    return tl::unexpected(make_error_code(Errc::not_an_event));
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
    : buffer_(std::make_unique_for_overwrite<std::byte[]>(kHeadroom + payload.size() + kFixedBehind + entity.size() +
                                                          scope.size())),
      payload_size_(payload.size()),
      entity_(entity),
      scope_(scope),
      content_hash_(blake3(payload)) {
    static_assert(kMaxBefore <= kHeadroom && kMaxBefore + kFixedBehind + 2 * kMaxName <= kMaxOverhead);
    std::copy(payload.begin(), payload.end(), buffer_.get() + kHeadroom);
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
    std::byte* const begin = buffer_.get() + kHeadroom - before_size;
    std::memcpy(begin, before.data(), before_size);

    Pen pen{buffer_.get() + kHeadroom + payload_size_};
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
