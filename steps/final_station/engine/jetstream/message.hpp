// An event as a NATS message, and back. The payload is the payload; all else stands in headers:
//
//   Nats-Msg-Id           the event's id, a UUID; JetStream also takes it to know a message again
//   Station-Time          ns since 1970
//   Station-Writer        which start of which station wrote it: a UUIDv7, so that the younger of two is known
//   Station-H-<name>      the event's own headers, name and value percent-escaped but for letters, digits and -._~,
//                         since NATS has neither line ends nor colons in them; an empty value is a lone %, as
//                         libnats can't read a field that has nothing behind its colon
//
// Whoever else publishes to the subject needs none of them: what is missing, or is nonsense, is made of JetStream's
// own sequence and time, and whoever reads it gets the same again each time. Pure: no I/O, no libnats; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <station/log/bytes.hpp>
#include <station/log/event_id.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace station::jetstream {

inline constexpr std::string_view kIdField = "Nats-Msg-Id";
inline constexpr std::string_view kTimeField = "Station-Time";
inline constexpr std::string_view kWriterField = "Station-Writer";
inline constexpr std::string_view kHeaderField = "Station-H-";
inline constexpr std::string_view kExpectedField = "Nats-Expected-Last-Sequence";

// What JetStream keeps at most of a message's headers, with their frame.
inline constexpr std::size_t kMaxFieldBytes = 65535;

using Fields = std::vector<std::pair<std::string, std::string>>;
using FieldViews = std::vector<std::pair<std::string_view, std::string_view>>;

// The bytes that they take on the wire, with their frame.
std::size_t size_of(const Fields& fields);

std::string percent_escaped(std::string_view text);
// Any bytes; a percent sign that no two hexadecimal digits follow stands for itself.
std::string percent_unescaped(std::string_view text);

// The fields of an event, but for kExpectedField, whose room is counted. `headers` as log::encode_headers() has them.
// log::Errc::bad_headers; headers_too_large where they are more than JetStream takes; payload_too_large where both
// together are more than `max_payload`, the server's limit of a message in bytes.
tl::expected<Fields, std::error_code> encode(const log::EventId& id, std::int64_t time, const log::EventId& writer,
                                             log::Bytes headers, std::size_t payload_size, std::size_t max_payload);

// What the fields say. Of a doubled one the last counts.
struct Decoded {
    log::EventId id;
    std::int64_t time = 0;               // ns since 1970
    std::optional<log::EventId> writer;  // none: no station wrote it
    std::vector<std::byte> headers;      // as log::encode_headers() has them; empty where there are none
};
Decoded decode(const FieldViews& fields, std::uint64_t sequence, std::int64_t stored_time);

// Made of the sequence and the time, the same each time.
log::EventId made_id(std::uint64_t sequence, std::int64_t time);

// The fields of a block as NATS sends it ("NATS/1.0\r\nName: value\r\n\r\n"), as views of it: what is no field is
// passed by.
FieldViews parse_block(std::string_view block);

// Where the reply subject of a message that a consumer got says it is:
// $JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<consumer's sequence>.<time>.<pending>, in later versions with
// a domain and an account behind "ACK" and a token behind all.
struct Place {
    std::uint64_t sequence = 0;
    std::uint64_t delivery = 0;  // the consumer's own count, from 1
    std::int64_t time = 0;       // when JetStream stored it, ns since 1970
    std::uint64_t pending = 0;   // how many are behind it
    std::string_view consumer;   // a view of the subject
};
std::optional<Place> parse_place(std::string_view reply);

}  // namespace station::jetstream
