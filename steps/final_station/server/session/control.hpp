// Control texts: what a client says in JSON beside publishing (docs/protocol.md, "Control texts"). Reading them does no
// I/O; any thread.
#pragma once

#include <optional>
#include <station/log/topic.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

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
    std::string reason;  // "invalid_json", "invalid_request", "unknown_type"
    std::string detail;
    std::string ref;
};

// Whether this JSON is a control text at all: an object with a "type". What is no JSON is none.
tl::expected<Control, ControlError> parse_control(std::string_view text);

// {"type":"error","reason":"…","detail":"…"}, with the ref where there is one.
std::string control_error(std::string_view reason, std::string_view detail, std::string_view ref);

// Why a publish or a topic was refused, in the words of the protocol: "server_busy", "payload_too_large", ...
std::string_view reason_of(std::error_code error);
// The HTTP status for it.
int status_of(std::error_code error);

// ,"ref":… or nothing.
std::string ref_member(std::string_view ref);

}  // namespace station::final_station
