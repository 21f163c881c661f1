// Where a topic's events of a time begin, or which is the one of an id: binary searches by what the events themselves
// say, since JetStream's own times are those of storing. About twenty questions for a million events, each of which
// waits for its answer: see connection.hpp for whose threads.
//
// Ids and times ascend where one station at a time wrote the topic. Where other programs' clocks differ, it finds a
// place near it.
#pragma once

#include <cstdint>
#include <optional>
#include <station/log/error.hpp>
#include <station/log/target.hpp>
#include <string_view>

#include "connection.hpp"
#include "message.hpp"
#include "stream.hpp"

namespace station::jetstream {

struct Found {
    std::uint64_t offset = 0;     // the first event that is not before the target; next_offset where all are
    std::optional<bool> matched;  // where an event was named: the topic holds it
};

log::Result<Found> find(const Connection& connection, std::string_view topic, const StreamState& stream,
                        const log::Target& target);

// The event with this sequence, or the first one behind it up to `stream.last`; nullopt where there is none.
struct StoredEvent {
    std::uint64_t sequence = 0;
    Decoded decoded;
    std::string payload;
};
log::Result<std::optional<StoredEvent>> load(const Connection& connection, std::string_view topic,
                                             const StreamState& stream, std::uint64_t sequence);

}  // namespace station::jetstream
