// One event as it lies in the log: the payload of a record is one MessagePack map. All of it but the payload is in
// MessagePack's shortest form, so that there is one way to write an event, and hashes can be made again from its parts.
// docs/ledger.md draws it; tests/ledger/golden holds it as bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <station/ledger/coordinate/kind.hpp>
#include <station/ledger/coordinate/position.hpp>
#include <station/ledger/error.hpp>
#include <station/ledger/wire/hash.hpp>
#include <station/log/event_id.hpp>
#include <string>
#include <string_view>

namespace station::ledger {

using log::EventId;  // also for correlations, causes and idempotency keys: 16 bytes, a UUID as text

// Kept, not acted on.
namespace flags {
inline constexpr std::uint8_t wants_ack = 1;
inline constexpr std::uint8_t transactional = 2;
inline constexpr std::uint8_t replayed = 8;
}  // namespace flags

struct EventHeader {
    EventId event_id;
    EventId correlation_id;
    std::optional<EventId> causation_id;  // nullopt: a root cause
    std::int64_t timestamp_us = 0;        // since 1970
    Position position;
    std::uint64_t payload_size = 0;  // bytes
    EventKind event_kind;
    std::uint8_t flags = 0;
    Hash content_hash;  // of the payload's bytes as they lie there

    friend bool operator==(const EventHeader&, const EventHeader&) = default;
};

// The batch an event belongs to: one that is alone names none.
struct BatchMark {
    std::uint64_t first = 0;  // global sequence of its first event
    std::uint64_t count = 0;  // at least 2
    friend bool operator==(const BatchMark&, const BatchMark&) = default;
};

// Views of the bytes it was decoded from.
struct EventView {
    EventHeader header;
    Bytes header_bytes;  // as they are hashed: the encoded value of "header"
    Bytes payload;       // one MessagePack value
    Hash prev_hash;
    Hash event_hash;
    std::string_view entity;
    std::string_view scope;
    Bytes tail;  // all bytes behind the value of "scope", none where there is neither key nor batch
    std::optional<EventId> idempotency_key;
    std::optional<BatchMark> batch;
    Bytes record = {};  // all of it; none where it was decoded from parts
};

// Of the payload of a record. Errc::not_an_event for anything but what an EventEncoder could make of some header.
// Whether hashes and positions are the right ones is not looked at: see hash_of() and blake3(). Any thread.
tl::expected<EventView, std::error_code> decode_event(Bytes record_payload);

// The same of what of a record stands in a proof: header_bytes and tail, and all that these say. Any thread.
tl::expected<EventView, std::error_code> decode_parts(Bytes header_bytes, Bytes tail);

// What event_hash must be.
Hash hash_of(const Hash& prev_hash, std::string_view entity, std::string_view scope, Bytes header_bytes, Bytes tail);
inline Hash hash_of(const EventView& event) {
    return hash_of(event.prev_hash, event.entity, event.scope, event.header_bytes, event.tail);
}

// An event on its way into the log. The payload, which may be large, is copied before anything is decided about the
// event; what is decided then is written around it, so that it takes no longer for a large one.
class EventEncoder {
  public:
    // The names and the payload are known to be right: is_name(), check_payload(). content_hash is made here.
    EventEncoder(std::string_view entity, std::string_view scope, Bytes payload);

    // Everything but payload_size and content_hash comes from `header`. Returns the record's payload, a view of this
    // encoder, and leaves the event's hash in `event_hash`. May be called again, and then the view before is gone.
    Bytes encode(EventHeader header, const Hash& prev_hash, const std::optional<EventId>& key,
                 const std::optional<BatchMark>& batch, Hash& event_hash);

    std::string_view entity() const { return entity_; }
    std::string_view scope() const { return scope_; }
    Bytes payload() const { return {buffer_.get() + kHeadroom, payload_size_}; }
    const Hash& content_hash() const { return content_hash_; }
    // The most bytes a record's payload can have beyond the event's own payload.
    static constexpr std::size_t kMaxOverhead = 1280;

  private:
    static constexpr std::size_t kHeadroom = 384;
    std::unique_ptr<std::byte[]> buffer_;  // headroom | payload | room for what follows
    std::size_t payload_size_ = 0;
    std::string entity_;
    std::string scope_;
    Hash content_hash_;
};

}  // namespace station::ledger
