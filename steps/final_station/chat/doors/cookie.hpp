// The cookie that a session's token travels in: out of reach of scripts, for the chat's own pages and paths only, for
// as long as a session lives. Any thread.
#pragma once

#include <optional>
#include <station/net/http.hpp>
#include <string>
#include <string_view>

#include "doors.hpp"

namespace station::chat {

// Its name has the end of the chat's own id: cookies know no ports, and there may be two chats on a machine.
std::string cookie_name(const Chat& chat);
// As headers. An empty token takes the cookie away.
std::string set_cookie(const Doors& doors, std::string_view token);

struct CookieHolder {
    Caller caller;
    std::string token;
    bool is_renewed = false;  // the cookie is to be sent again
};
// Who has sent a cookie of a session that is alive. Somebody who shares the machine's name may have put another one
// beside it: of several the first that is alive counts.
std::optional<CookieHolder> holder_of_cookie(Chat& chat, const net::HttpRequest& request);

}  // namespace station::chat
