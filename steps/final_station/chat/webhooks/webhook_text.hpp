// What a bot is told of a message, as Campfire's bots are. No I/O; any thread.
#pragma once

#include <string>
#include <string_view>

#include "chat/model/id.hpp"

namespace station::chat {

struct ToldToBot {
    Id user;
    std::string user_name;
    Id room;
    std::string room_name;
    Id message;
    std::string content;
    std::string bot_login;  // its own mention is left out of the plain text
};
std::string webhook_body(const ToldToBot& told);

// The text as markup that shows it.
std::string html_of(std::string_view content);
// Without `@login` of this bot, and trimmed.
std::string without_mention(std::string_view content, std::string_view login);

}  // namespace station::chat
