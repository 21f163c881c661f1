// Control texts: what a client says in JSON beside publishing (docs/protocol.md, "Control texts"). Keys that are not
// known are passed by; of a doubled one the last counts; a known one of the wrong type is an error, asked for or not. A
// text is read once, from front to back. No I/O; any thread.
#pragma once

#include <optional>
#include <station/log/cursor.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "control_text.hpp"
#include "engine/refusal.hpp"

namespace station::final_station {

struct Control {
    enum class Type { open, topics, subscribe, unsubscribe, publish, metrics, health, auth };
    Type type = Type::open;
    std::string ref;  // raw JSON, to be echoed; empty where there is none
    std::string topic;
    std::optional<log::StartFrom> from;  // subscribe
    bool meta = false;
    std::string payload;  // publish
    log::Headers headers;
    std::string token;  // auth
};

struct ControlError {
    std::string reason;  // "invalid_json", "invalid_request", "unknown_type", "bad_time"
    std::string detail;
    std::string ref;
};

// Whether this JSON is a control text at all: an object with a "type". What is no JSON is none.
tl::expected<Control, ControlError> parse_control(std::string_view text);

}  // namespace station::final_station
