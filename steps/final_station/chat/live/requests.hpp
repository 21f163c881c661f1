// What a client of the chat says over its WebSocket: docs/chat.md, "WebSocket". A text is an object with a type; keys
// that are not known are passed by. No I/O; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <variant>
#include <vector>

#include "chat/model/id.hpp"

namespace station::chat {

// Rooms to follow, and of each the last message that was seen of it.
struct Hello {
    struct Wish {
        std::string room;             // as the client named it
        std::optional<Id> seen = {};  // nullopt: nothing, or what can't be a message
    };
    std::vector<Wish> rooms;
};
struct Say {
    std::optional<Id> room;  // nullopt: what can't be one
    std::string content;
    std::string client_message_id;
};
struct Typing {
    std::optional<Id> room;
    bool on = true;
};
struct SeenUpTo {
    std::optional<Id> room;
    std::optional<Id> message;
};
struct Ping {};

using Request = std::variant<Hello, Say, Typing, SeenUpTo, Ping>;

struct BadRequest {
    std::string reason;  // "invalid_json", "invalid_request", "unknown_type"
    std::string detail;
    std::optional<std::string> client_message_id = {};  // where one was named
};

tl::expected<Request, BadRequest> parse_request(std::string_view text);

}  // namespace station::chat
