// What goes into a topic and what comes back.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <station/log/bytes.hpp>
#include <station/log/error.hpp>
#include <station/log/event_id.hpp>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace station::log {

// What an event must be, for who orders the events of a topic before they get here (a ledger, a copy of another log).
// Where the offset is not the next one, the id not greater than the last one, or the time before the last one, it is
// Errc::out_of_order, and nothing of it is written.
struct Stamp {
    std::optional<EventId> id;
    std::optional<std::int64_t> time;  // ns since 1970
    std::optional<std::uint64_t> offset;
};

// Views: what they show must live until the publish is acknowledged.
struct Message {
    Bytes payload;
    Bytes headers = {};            // encode_headers(), or empty
    const Stamp* stamp = nullptr;  // nullptr: the topic gives id, time and offset
};

using Headers = std::vector<std::pair<std::string, std::string>>;

// Headers as they lie on disk: a MessagePack map of strings, keys in sorted order; of a doubled key the last one
// counts.
std::vector<std::byte> encode_headers(const Headers& headers);
// Errc::bad_headers for anything but a map of strings to strings.
tl::expected<Headers, std::error_code> decode_headers(Bytes bytes);

struct Receipt {
    std::uint64_t offset = 0;
    EventId id;
    std::int64_t time = 0;       // ns since 1970
    std::uint32_t position = 0;  // of its record in the file of its segment: see record_reader.hpp
};

// A publish under way, for callers that keep their own books: no memory is taken for it, nothing is copied before it
// is written. It belongs to the topic, with all it points to, from submit() until `done` is called on a writer's
// thread; `done` must be short and may give the request free.
//
// Its messages are written in order, and each has its own answer: when `done` is called, the first `acknowledged` of
// them are as safe as the bus promises, and `error` is what the next one met, if there is one. Not a transaction.
struct PublishRequest {
    std::span<const Message> messages;
    Receipt* receipts = nullptr;  // one for each message, or nullptr; those of the first `acknowledged` are filled in
    void (*done)(PublishRequest&, std::error_code) noexcept = nullptr;
    std::size_t acknowledged = 0;

    // The topic's, as is what follows. While `done` runs: the request that is answered next, on this thread, or
    // nullptr.
    PublishRequest* next = nullptr;
    std::size_t written = 0;  // in the group under way, or before it
    std::size_t good = 0;     // messages before the first one that is refused for what it is
    std::error_code refused;  // why that one is
};

// What a publish does where the topic's queue is full.
enum class OnFull { fail, wait };

}  // namespace station::log
