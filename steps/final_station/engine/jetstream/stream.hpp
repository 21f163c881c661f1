// A topic's stream: made, opened, looked at. Everything here waits for an answer: see connection.hpp for whose
// threads.
//
// A topic begins at offset 0, or where the topic that it was mirrored from began: that number, the base, stands in
// the stream's description ("base=17"), and an event's offset is its sequence - 1 + base.
#pragma once

#include <cstdint>
#include <optional>
#include <station/log/error.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "connection.hpp"

namespace station::jetstream {

struct StreamState {
    std::uint64_t first = 0;  // sequences; first == last + 1 where it is empty
    std::uint64_t last = 0;
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
    std::uint64_t base = 0;
    unsigned replicas = 1;

    std::uint64_t offset(std::uint64_t sequence) const { return sequence - 1 + base; }
    std::uint64_t sequence(std::uint64_t offset) const { return offset < base ? 1 : offset - base + 1; }
    std::uint64_t first_offset() const { return offset(first); }
    std::uint64_t next_offset() const { return offset(last + 1); }
};

struct StreamWish {
    std::optional<unsigned> replicas;  // none: three in a cluster, else one; and whatever a stream that is there has
    bool make = true;                  // where there is none; else Errc::no_stream
    std::uint64_t base = 0;            // of a stream that is made
};

// File storage, no limits, the topic's subject alone. Errc::other_settings where a stream is there with others; the
// error's text has the difference.
log::Result<StreamState> open_stream(const Connection& connection, std::string_view topic, const StreamWish& wish);
log::Result<StreamState> stream_state(const Connection& connection, std::string_view topic);

struct NamedStream {
    std::string topic;
    StreamState state;
};
// The topics of the connection's prefix, by name.
log::Result<std::vector<NamedStream>> list_streams(const Connection& connection);

}  // namespace station::jetstream
