// One HTTP request and the way back, and the forms that answers have. What handlers of routes are called with.
//
// Belongs to its connection's I/O thread, and lives until the request is answered.
#pragma once

#include <functional>
#include <station/net/http.hpp>
#include <station/net/http_router.hpp>
#include <string>
#include <string_view>

#include "server/io_thread.hpp"

namespace station::final_station {

// An answer that waits for more. Called by its connection while it is registered as HttpExchange::under_way.
class EndlessAnswer {
  public:
    // The client has gone, or the server stops: to be ended.
    virtual void abandon() = 0;
    // About once a second.
    virtual void tick(Clock::time_point now) = 0;

  protected:
    ~EndlessAnswer() = default;
};

struct HttpExchange {
    IoThread& thread;
    const net::HttpRequest& request;
    bool keep_alive;
    std::function<net::Awaitable<bool>(std::string_view)> send;  // false: the client is gone
    EndlessAnswer*& under_way;                                   // nullptr: nobody
    std::string client_address = {};                             // of applications: WebPort::client_address()
    net::PathParameters path = {};                               // of the route's pattern
    bool is_shared = true;                                       // with pages of the origins that --allow-origin names
    // An answer without a length and without chunks whose end would look whole: the connection is to be reset.
    bool cut_short = false;

    // Data, and what a browser makes of it; and the page, which says itself what it may load, and may vary by a header.
    std::string response(int status, std::string_view content_type, std::string_view body,
                         std::string_view headers = {}) const;
    std::string page(int status, std::string_view content_type, std::string_view body, std::string_view headers = {},
                     std::string_view varies = {}) const;
    // An error, as JSON.
    std::string refusal(int status, std::string_view reason, std::string_view detail,
                        std::string_view headers = {}) const;
};

inline constexpr std::string_view kJson = "application/json";
inline constexpr std::string_view kVariesByCoding = "Accept-Encoding";
inline constexpr std::string_view kGzipCoded = "Content-Encoding: gzip\r\n";
inline constexpr std::string_view kNotStored = "Cache-Control: no-store\r\n";

// The last answer of a connection that nothing else is asked on.
std::string last_refusal(const net::HttpRequest& request, int status, std::string_view reason, std::string_view detail,
                         std::string_view headers = {});

}  // namespace station::final_station
