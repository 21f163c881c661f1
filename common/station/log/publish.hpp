// What goes into a topic and what comes back.
#pragma once

#include <cstdint>
#include <span>
#include <station/log/bytes.hpp>
#include <station/log/error.hpp>
#include <station/log/event_id.hpp>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace station::log {

// Views: what they show must live until the publish is acknowledged.
struct Message {
    Bytes payload;
    Bytes headers = {};  // encode_headers(), or empty
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
    std::int64_t time = 0;  // ns since 1970
};

// A publish under way, for callers that keep their own books: no memory is taken for it, nothing is copied before it
// is written. It belongs to the topic, with all it points to, from submit() until `done` is called on a writer's
// thread; `done` must be short and may give the request free.
struct PublishRequest {
    std::span<const Message> messages;  // acknowledged together; not a transaction: a crash may keep the first of them
    Receipt* receipts = nullptr;        // one for each message, or nullptr
    void (*done)(PublishRequest&, std::error_code) noexcept = nullptr;

    PublishRequest* next = nullptr;  // the topic's
    std::size_t written = 0;         // the topic's
};

// What a publish does where the topic's queue is full.
enum class OnFull { fail, wait };

}  // namespace station::log
