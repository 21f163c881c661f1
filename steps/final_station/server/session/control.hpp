// Control texts: what a client says in JSON beside publishing (docs/protocol.md, "Control texts"). Keys that are not
// known are passed by; of a doubled one the last counts; a known one of the wrong type is an error, asked for or not. A
// text is read once, from front to back. No I/O; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <station/log/cursor.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "control_text.hpp"
#include "engine/refusal.hpp"

namespace station::final_station {

// How a WebSocket's subscriber gets its events; the line door has one form only.
enum class EventForm : std::uint8_t {
    frame,  // MESSAGE
    meta,   // MESSAGE_META: with ids and times
    text,   // as the line door's: with the topic's name, and headers
};

// By topic.
using Offsets = std::map<std::string, std::uint64_t, std::less<>>;

inline constexpr std::size_t kMostNamed = 4096;
inline constexpr std::size_t kMostPatterns = 64;  // of one request, and of one connection

struct Control {
    enum class Type { open, topics, subscribe, unsubscribe, publish, metrics, health, auth };
    Type type = Type::open;
    std::string ref;  // raw JSON, to be echoed; empty where there is none
    std::string topic;
    // subscribe, unsubscribe: several, in place of `topic`; names and patterns
    std::vector<std::string> topics;
    std::optional<log::StartFrom> from;  // subscribe
    Offsets offsets;                     // of several: where these begin, in place of `from`; no more than kMostNamed
    bool make = true;                    // of several: names of topics that are not there make them
    bool meta = false;
    bool text = false;
    std::string payload;  // publish
    log::Headers headers;
    std::string token;  // auth

    EventForm form() const { return text ? EventForm::text : meta ? EventForm::meta : EventForm::frame; }
};

struct ControlError {
    std::string reason;  // "invalid_json", "invalid_request", "unknown_type", "bad_time"
    std::string detail;
    std::string ref;
};

// Whether this JSON is a control text at all: an object with a "type". What is no JSON is none.
tl::expected<Control, ControlError> parse_control(std::string_view text);

}  // namespace station::final_station
