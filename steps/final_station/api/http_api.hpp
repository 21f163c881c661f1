// What the web port answers: routes, statuses and bodies (docs/protocol.md, "HTTP").
#pragma once

#include <functional>
#include <station/net/http.hpp>
#include <string>
#include <string_view>

#include "io_thread.hpp"

namespace station::final_station {

// One request and the way back.
struct HttpExchange {
    IoThread& thread;
    const net::HttpRequest& request;
    bool keep_alive;
    std::function<net::Awaitable<bool>(std::string_view)> send;  // false: the client is gone
    // For an answer that may never end: what to call where the client goes, or the server stops. Empty: nothing.
    std::function<void(std::function<void()>)> on_abandoned;

    // Data, and what a browser makes of it; and the page, which says itself what it may load.
    std::string response(int status, std::string_view content_type, std::string_view body,
                         std::string_view headers = {}) const;
    std::string page(int status, std::string_view content_type, std::string_view body,
                     std::string_view headers = {}) const;
};

// False where the connection must end.
net::Awaitable<bool> answer(HttpExchange& exchange);

std::string error_response(int status, std::string_view reason, std::string_view detail, bool keep_alive,
                           std::string_view headers = {});

struct UpgradeAnswer {
    enum class Door { refused, station, echo };
    Door door = Door::refused;
    bool batches = false;  // station.batch.v1
    std::string response;
};
UpgradeAnswer answer_upgrade(const Station& station, const net::HttpRequest& request);

}  // namespace station::final_station
