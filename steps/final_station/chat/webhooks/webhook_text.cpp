#include "webhook_text.hpp"

#include <station/base/text.hpp>
#include <station/wire/json_writer.hpp>

#include "chat/model/text.hpp"

namespace station::chat {

std::string html_of(std::string_view content) {
    std::string html;
    for (const char c : content) {
        switch (c) {
            case '&': html += "&amp;"; break;
            case '<': html += "&lt;"; break;
            case '>': html += "&gt;"; break;
            case '"': html += "&quot;"; break;
            case '\n': html += "<br>"; break;
            default: html += c;
        }
    }
    return html;
}

std::string without_mention(std::string_view content, std::string_view login) {
    const std::string mention = "@" + std::string{login};
    std::string rest;
    while (!content.empty()) {
        const std::string_view next = content.substr(mention.size() <= content.size() ? mention.size() : 0);
        if (base::equal_in_either_case(content.substr(0, mention.size()), mention) &&
            (next.empty() || !base::is_alphanumeric(next.front()))) {
            content = next;
            continue;
        }
        rest += content.front();
        content.remove_prefix(1);
    }
    return std::string{trimmed(rest)};
}

std::string webhook_body(const ToldToBot& told) {
    const std::string room = told.room.to_text();
    const std::string message = told.message.to_text();
    std::string out;
    wire::JsonWriter json{out};
    json.begin_object().key("user").begin_object();
    json.member("id", told.user.to_text()).member("name", told.user_name).end_object();
    json.key("room").begin_object().member("id", room).member("name", told.room_name);
    json.member("path", "/chat/rooms/" + room).end_object();
    json.key("message").begin_object().member("id", message).key("body").begin_object();
    json.member("html", html_of(told.content)).member("plain", without_mention(told.content, told.bot_login));
    json.end_object().member("path", "/chat/#room/" + room + "/message/" + message).end_object().end_object();
    return out;
}

}  // namespace station::chat
