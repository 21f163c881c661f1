#include "http_exchange.hpp"

#include <station/wire/json.hpp>

#include "http_gate.hpp"

namespace station::final_station {
namespace {

std::string error_body(std::string_view reason, std::string_view detail) {
    return R"({"error":")" + std::string{reason} + R"(","detail":")" + wire::escape_json(detail) + "\"}\n";
}

// The length is told of what is not sent, too, but where no answer of that status has a body.
std::string put_together(const net::HttpRequest& request, int status, std::string_view content_type,
                         std::string_view body, std::string_view headers) {
    if (status == 204) return net::http_head(status, {}, std::nullopt, headers);
    if (status == 304) return net::http_head(status, content_type, std::nullopt, headers);
    if (request.method == "HEAD") return net::http_head(status, content_type, body.size(), headers);
    return net::http_response(status, content_type, body, headers);
}

}  // namespace

std::string HttpExchange::response(int status, std::string_view content_type, std::string_view body,
                                   std::string_view headers) const {
    return page(status, content_type, body, std::string{kDataPolicy}.append(headers));
}

std::string HttpExchange::page(int status, std::string_view content_type, std::string_view body,
                               std::string_view headers, std::string_view varies) const {
    thread.station.counters.responded(status);
    std::string all = std::string{kGuardHeaders}.append(headers);
    if (is_shared) {
        all += cors_headers(thread.station, request, varies);
    } else if (!varies.empty()) {
        all.append("Vary: ").append(varies).append("\r\n");
    }
    // Each version has the other one's wish for its default.
    if (!keep_alive) all += "Connection: close\r\n";
    if (keep_alive && request.http_1_0) all += "Connection: keep-alive\r\n";
    return put_together(request, status, content_type, body, all);
}

std::string HttpExchange::refusal(int status, std::string_view reason, std::string_view detail,
                                  std::string_view headers) const {
    return response(status, kJson, error_body(reason, detail), headers);
}

std::string last_refusal(const net::HttpRequest& request, int status, std::string_view reason, std::string_view detail,
                         std::string_view headers) {
    std::string all = std::string{kGuardHeaders}.append(kDataPolicy).append(headers);
    all += "Connection: close\r\n";
    return put_together(request, status, kJson, error_body(reason, detail), all);
}

}  // namespace station::final_station
