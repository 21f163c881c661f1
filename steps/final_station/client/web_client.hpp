// What commands ask of a server over HTTP: one request, one connection; and the upgrade to a WebSocket.
#pragma once

#include <functional>
#include <station/net/endpoint.hpp>
#include <station/net/websocket.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "connection.hpp"

namespace station::final_station {

// Whom to ask, and the token that it wants, if it wants one.
struct Remote {
    net::Endpoint endpoint;
    std::string token;
};

inline constexpr int kNotNow = 503;  // shutting down, or too many connections

struct WebAnswer {
    int status = 0;
    std::string body;      // empty where it went to OnPiece
    bool complete = true;  // false: the connection ended in the middle
};

// Gets the body of a 200 as it comes; false ends the request.
using OnPiece = std::function<bool(std::string_view piece)>;
// Is shown the headers as soon as they are there; it asks for one by its name in lower case.
using OnHead = std::function<void(const std::function<std::string(std::string_view lower_case_name)>& header)>;

// No connection, no answer, or no HTTP at the other end; of an upgrade also a refusal.
struct WebProblem {
    std::string what;     // one line
    bool passes = false;  // nobody was there, or the server said "not now": another try may go well
};

tl::expected<WebAnswer, WebProblem> http_get(BlockingConnection& connection, const Remote& server,
                                             const std::string& target, const OnPiece& on_piece = {},
                                             const OnHead& on_head = {});
// Any other request; without a body where `body` is empty.
tl::expected<WebAnswer, WebProblem> http_send(BlockingConnection& connection, const Remote& server,
                                              std::string_view method, const std::string& target,
                                              std::string_view body);
tl::expected<WebAnswer, WebProblem> http_post(BlockingConnection& connection, const Remote& server,
                                              const std::string& target, std::string_view body);

// Makes `connection` a WebSocket. What came behind the server's answer goes into `rest`.
tl::expected<void, WebProblem> upgrade(BlockingConnection& connection, const Remote& server, std::string& rest);

// What a refusal says: the detail of an error in JSON, or the status.
std::string refusal_in_words(const WebAnswer& answer);

// For a query: all but letters, digits and "-._~" as %XX.
std::string percent_encoded(std::string_view text);

}  // namespace station::final_station
