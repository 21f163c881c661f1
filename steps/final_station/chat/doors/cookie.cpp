#include "cookie.hpp"

#include <algorithm>
#include <station/base/text.hpp>
#include <vector>

namespace station::chat {
namespace {

constexpr std::size_t kMostTried = 4;
constexpr std::size_t kIdCharacters = 8;

std::vector<std::string> cookies_called(std::string_view name, const net::HttpRequest& request) {
    std::vector<std::string> found;
    for (const auto& [header, value] : request.headers) {
        if (header != "cookie") continue;
        for (std::string_view rest = value; !rest.empty() && found.size() < kMostTried;) {
            const std::size_t end = std::min(rest.find(';'), rest.size());
            const std::string_view pair = base::trim(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
            if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) {
                found.emplace_back(pair.substr(name.size() + 1));
            }
        }
    }
    return found;
}

}  // namespace

std::string cookie_name(const Chat& chat) {
    const std::string id = chat.book().look([](const State& state) { return state.chat(); }).to_text();
    std::string name = "station_chat_";
    return name.append(id, id.size() - kIdCharacters);
}

std::string set_cookie(const Doors& doors, std::string_view token) {
    const std::int64_t lives = token.empty() ? 0 : kSessionLives / kSecond;
    std::string header = "Set-Cookie: " + cookie_name(doors.chat) + '=' + std::string{token} +
                         "; Path=/chat; Max-Age=" + std::to_string(lives) + "; HttpOnly; SameSite=Strict";
    if (doors.site.is_https()) header += "; Secure";
    return header + "\r\n";
}

std::optional<CookieHolder> holder_of_cookie(Chat& chat, const net::HttpRequest& request) {
    for (std::string& token : cookies_called(cookie_name(chat), request)) {
        bool is_renewed = false;
        if (const auto caller = chat.accounts().caller(token, &is_renewed)) {
            return CookieHolder{*caller, std::move(token), is_renewed};
        }
    }
    return std::nullopt;
}

}  // namespace station::chat
