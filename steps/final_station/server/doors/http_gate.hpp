// What is asked of every HTTP request before a byte of its body is read: the name it was sent to, and the token. And
// what every answer carries, so that a browser makes of it what it is and nothing else.
#pragma once

#include <station/net/http.hpp>
#include <string>
#include <string_view>

#include "server/station.hpp"

namespace station::final_station {

// Empty where the request may pass; otherwise the answer to it, after which the connection ends: what strangers have
// to say is not read, and a guess at the token costs them a connection.
std::string gate_refusal(Station& station, const net::HttpRequest& request);

// A browser's question whether a page of an origin that was named may send what it is about to send (CORS).
bool is_preflight(const Station& station, const net::HttpRequest& request);
std::string preflight_headers(std::string_view methods);

// For a page of an origin that was named: it may read the answer. And Vary, with what else the answer depends on: two
// headers of a name are one to the RFC, but not to all who read them.
std::string cors_headers(const Station& station, const net::HttpRequest& request, std::string_view varies = {});

// The body is what its type says; nobody is told where a reader came from; no other site may embed it.
inline constexpr std::string_view kGuardHeaders =
    "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nCross-Origin-Resource-Policy: same-origin\r\n";
// For all but the page: an answer that is opened in a tab may load and run nothing.
inline constexpr std::string_view kDataPolicy =
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";

}  // namespace station::final_station
