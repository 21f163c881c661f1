// What the web port answers: the station's own routes, and what applications put beside them. Made once, before the
// first connection, and then only read; any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "doors/http_routes.hpp"

namespace station::final_station {

// A WebSocket of an application's. What RFC 6455 asks of an upgrade has been looked at before.
struct WebSocketRoute {
    std::string_view path;
    // The whole answer to who may not pass, the connection's last; empty: go on.
    std::function<std::string(const net::HttpRequest& request, std::string_view client_address)> refusal;
    // On the connection's thread, once the upgrade has been answered; `first` came behind it.
    std::function<void(IoThread& thread, AcceptedSocket accepted, const net::HttpRequest& request,
                       std::string_view first)>
        start;
};

struct WebPort {
    HttpRoutes routes;
    std::vector<WebSocketRoute> web_sockets;
    std::string open_folder;       // what lies below it never asks for the bus's token: "/chat"; empty: none
    bool has_bus = true;           // the bus's own WebSockets are here
    bool is_behind_proxy = false;  // of a peer on this machine the last X-Forwarded-For is the client

    // Whether the decoded path is the open folder, or lies below it.
    bool is_open(std::string_view path) const;
    const WebSocketRoute* web_socket(std::string_view path) const;
    // Who asks, as an address in text.
    std::string client_address(const std::string& peer, const net::HttpRequest& request) const;
};

}  // namespace station::final_station
