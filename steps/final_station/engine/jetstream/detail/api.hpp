// JetStream's API: what is asked, and what the answers say. Questions and answers are JSON; no I/O here, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <station/log/error.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/jetstream/message.hpp"
#include "engine/jetstream/stream.hpp"

namespace station::jetstream {

// What JetStream says to a publish.
struct PublishAnswer {
    std::uint64_t sequence = 0;  // where it is stored; 0: it was refused
    bool is_duplicate = false;   // of an id that JetStream knows: it says where it has stored that
    std::string problem;         // where it was refused: why
};
PublishAnswer parse_publish_answer(std::string_view text);

// The answers to STREAM.INFO, STREAM.CREATE; errors as stream.hpp has them. `name` is for the errors.
log::Result<StreamState> parse_stream(std::string_view text, std::string_view name);

// To STREAM.MSG.GET. nullopt: there is no such message.
struct GottenMessage {
    std::uint64_t sequence = 0;
    std::int64_t time = 0;  // when JetStream stored it
    std::string block;      // its header block
    std::string payload;
};
log::Result<std::optional<GottenMessage>> parse_message(std::string_view text);

// To CONSUMER.CREATE: the consumer's name.
log::Result<std::string> parse_consumer(std::string_view text);

struct StreamPage {
    std::vector<NamedStream> streams;
    std::size_t count = 0;  // streams on this page, of whatever name
    std::size_t total = 0;
};
log::Result<StreamPage> parse_stream_page(std::string_view text, std::string_view prefix);

// The configuration of a topic's stream, for STREAM.CREATE.
std::string stream_config(std::string_view name, std::string_view subject, unsigned replicas, std::uint64_t base);
// How the one that `text`, an answer of STREAM.INFO's, tells of differs from it: empty where it does not.
std::string stream_difference(std::string_view text, std::string_view subject, std::optional<unsigned> replicas);

// A pull consumer that begins at `sequence`, keeps nothing on disk, and goes by itself when nobody asks it any more.
std::string consumer_config(std::string_view stream, std::uint64_t sequence);

}  // namespace station::jetstream
