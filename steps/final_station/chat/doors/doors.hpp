// What all of the chat's doors share: the chat behind them, where it is to those outside, and what only the live side
// knows. Any thread; set once, before the first connection.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "chat/chat.hpp"
#include "site.hpp"

namespace station::chat {

struct Doors {
    Chat& chat;
    Site site;
    // Whether somebody is connected.
    std::function<bool(const Id& user)> is_online = [](const Id&) { return false; };
    // Up to where somebody has seen a room and it is not stored yet: a global sequence.
    std::function<std::uint64_t(const Id& user, const Id& room)> seen = [](const Id&, const Id&) { return 0; };
};

}  // namespace station::chat
