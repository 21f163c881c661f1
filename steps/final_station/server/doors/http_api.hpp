// What the web port answers: routes, statuses and bodies (docs/protocol.md, "HTTP").
#pragma once

#include <functional>
#include <station/net/http.hpp>
#include <string>
#include <string_view>

#include "server/io_thread.hpp"

namespace station::final_station {

// One request and the way back.
struct HttpExchange {
    IoThread& thread;
    const net::HttpRequest& request;
    bool keep_alive;
    std::function<net::Awaitable<bool>(std::string_view)> send;  // false: the client is gone
    // For an answer that waits for more: what to call where the client goes, or the server stops. Empty: nothing.
    std::function<void(std::function<void()>)> on_abandoned;
    // An answer without a length and without chunks whose end would look whole: the connection is to be reset.
    bool cut_short = false;

    // Data, and what a browser makes of it; and the page, which says itself what it may load.
    std::string response(int status, std::string_view content_type, std::string_view body,
                         std::string_view headers = {}) const;
    std::string page(int status, std::string_view content_type, std::string_view body,
                     std::string_view headers = {}) const;
};

inline constexpr std::string_view kNotStored = "Cache-Control: no-store\r\n";

bool is_read(const net::HttpRequest& request);  // GET or HEAD
// Errors, as JSON.
std::string refusal(const HttpExchange& exchange, int status, std::string_view reason, std::string_view detail,
                    std::string_view headers = {});
std::string wrong_method(const HttpExchange& exchange, std::string_view allowed);

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
UpgradeAnswer answer_upgrade(Station& station, const net::HttpRequest& request);

}  // namespace station::final_station
