// What the chat says over WebSockets, as it goes over the wire: one whole text frame each, so that who is told the same
// shares it. docs/chat.md, "WebSocket". No I/O; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "chat/model/state.hpp"
#include "chat/projection/projection.hpp"
#include "chat/service/refusal.hpp"
#include "outbox.hpp"

namespace station::chat {

// `json`: the object that is spoken of, rendered already.
std::string welcome_frame(const User& me);
std::string message_frame(std::string_view json);
std::string updated_frame(std::string_view json);
std::string removed_frame(const Id& room, const Id& message);
std::string ack_frame(std::string_view client_message_id, std::string_view json, bool duplicate);
std::string room_frame(std::string_view json);
std::string room_removed_frame(std::string_view room);  // as the client named it
std::string unread_frame(const Id& room, const Projection::Unread& unread);
std::string typing_frame(const Id& room, const Id& user, bool on);
std::string presence_frame(std::span<const std::pair<Id, bool>> users);
std::string error_frame(const Refusal& why, const std::optional<std::string>& client_message_id);
std::string error_frame(std::string_view reason, std::string_view detail,
                        const std::optional<std::string>& client_message_id);
std::string pong_frame();

// All that somebody has missed of a room; `announced`: led by `missed`.
Outbox missed_frames(const Id& room, const Projection::Missed& missed, bool announced);

}  // namespace station::chat
