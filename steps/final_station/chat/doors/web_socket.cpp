// The way to the WebSocket: whose page asks for it, and who.
#include "chat/live/live_session.hpp"
#include "cookie.hpp"
#include "routes.hpp"
#include "server/web_port.hpp"

namespace station::chat {
namespace {

constexpr std::string_view kWebSocketPath = "/chat/ws";

std::string refusal_to_connect(const net::HttpRequest& request, const Refusal& why) {
    return final_station::last_refusal(request, why.status(), why.reason, why.detail);
}

}  // namespace

final_station::WebSocketRoute web_socket_route(Doors& doors, Hub& hub) {
    const auto refuse = [&doors](const net::HttpRequest& request, std::string_view) -> std::string {
        if (is_foreign_page(doors, request)) return refusal_to_connect(request, refusal("foreign_origin"));
        if (holder_of_cookie(doors.chat, request)) return {};
        return refusal_to_connect(request, refusal("not_signed_in"));
    };
    // Who was signed out in between learns it from the connection itself.
    const auto start = [&doors, &hub](final_station::IoThread& thread, final_station::AcceptedSocket accepted,
                                      const net::HttpRequest& request, std::string_view first) {
        const auto holder = holder_of_cookie(doors.chat, request);
        if (!holder) return;
        std::make_shared<LiveSession>(hub, thread, std::move(accepted), holder->caller)->start(first);
    };
    return {.path = kWebSocketPath, .refusal = refuse, .start = start};
}

}  // namespace station::chat
