// All that a client could do too much of, in one place. 0 nowhere means "no limit": each has one.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace station::final_station {

// A WebSocket message that any event fits into: as base64 in a control text, with 64 KiB of headers beside it.
constexpr std::size_t message_for(std::size_t payload) { return payload + payload / 2 + (std::size_t{68} << 10); }

struct Limits {
    std::size_t max_connections = 16384;
    std::size_t max_line = 65536;                                 // bytes of a line on the line door
    std::size_t max_payload = std::size_t{1} << 20;               // bytes of an event
    std::size_t max_message = message_for(std::size_t{1} << 20);  // bytes of a WebSocket message, fragments together
    std::size_t max_fragments = 16384;                            // of one message
    std::size_t max_header_bytes = 16384;                         // of an HTTP request
    std::size_t max_body = std::size_t{1} << 20;                  // bytes
    std::size_t max_topics = 1024;                                // that clients may make
    std::size_t max_subscriptions = 1024;                         // of one connection: all that it may make
    std::size_t max_subscriptions_total = 65536;                  // of all connections, HTTP's readers among them
    std::size_t max_in_flight = 65536;                            // publishes of one connection without an answer
    std::size_t max_in_flight_bytes = std::size_t{256} << 20;     // payloads of all connections that wait for the disk
    std::size_t max_kept = std::size_t{512} << 20;  // bytes that all connections together make the server keep
    std::size_t max_unread = std::size_t{1} << 20;  // bytes of answers that a client has not read yet

    bool compress = false;  // WebSocket messages, where the client offers it

    std::chrono::milliseconds request_timeout{8000};    // a request or message, from its first byte to its last
    std::chrono::milliseconds keep_alive{60'000};       // an HTTP connection between two requests
    std::chrono::milliseconds idle_timeout{3'600'000};  // the line door: nothing in, nothing out
    std::chrono::milliseconds ping_interval{20'000};    // a WebSocket that is silent for two of these is dead
    std::chrono::milliseconds slow_reader{300'000};     // a client that takes nothing of what waits for it
};

// A message larger than what the request timeout allows for may go on as long as it brings this many bytes a second.
inline constexpr std::size_t kSlowestUpload = 4096;

}  // namespace station::final_station
