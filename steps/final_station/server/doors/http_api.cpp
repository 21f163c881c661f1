#include "http_api.hpp"

#include <station/net/websocket.hpp>
#include <station/wire/json.hpp>
#include <utility>

#include "http_gate.hpp"
#include "http_publish.hpp"
#include "http_replay.hpp"
#include "server/describe.hpp"
#include "server/origin.hpp"
#include "server/session/control.hpp"
#include "ui/ui.hpp"
#include "websocket_session.hpp"

namespace station::final_station {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kPrometheus = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::string_view kTopics = "/api/topics";
constexpr std::string_view kPageHeaders =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\nCache-Control: no-cache\r\n";

std::string error_body(std::string_view reason, std::string_view detail) {
    return R"({"error":")" + std::string{reason} + R"(","detail":")" + wire::escape_json(detail) + "\"}\n";
}

// "/api/topics/{name}/events" → name; empty for any other path.
std::string_view events_topic(std::string_view path) {
    constexpr std::string_view kTail = "/events";
    if (!path.starts_with(kTopics) || !path.ends_with(kTail)) return {};
    path.remove_prefix(kTopics.size());
    if (path.size() <= kTail.size() || path.front() != '/') return {};
    return path.substr(1, path.size() - 1 - kTail.size());
}

std::string answer_page(const HttpExchange& exchange) {
    const UiFile* const file = find_ui_file(exchange.request.path);
    if (file == nullptr) return refusal(exchange, 404, "not_found", "there is nothing at this path");
    if (!is_read(exchange.request)) return wrong_method(exchange, "GET, HEAD");
    std::string headers{kPageHeaders};
    headers.append("ETag: ").append(file->etag).append("\r\n");
    const std::string* const known = exchange.request.header("if-none-match");
    const bool has_it = known != nullptr && (*known == "*" || known->find(file->etag) != std::string::npos);
    if (has_it) return exchange.page(304, file->content_type, {}, headers);
    return exchange.page(200, file->content_type, file->body, headers);
}

// What can be answered at once.
std::string answer_now(const HttpExchange& exchange) {
    const Station& station = exchange.thread.station;
    const std::string& path = exchange.request.path;
    if (is_preflight(station, exchange.request)) return exchange.response(204, {}, {}, preflight_headers());
    if (path == "/health" || path == "/livez" || path == "/metrics" || path == kTopics) {
        if (!is_read(exchange.request)) return wrong_method(exchange, "GET, HEAD");
        if (path == "/metrics") return exchange.response(200, kPrometheus, describe_metrics(station), kNotStored);
        if (path == kTopics) return exchange.response(200, kJson, describe_topics(station) + "\n", kNotStored);
        if (path == "/livez") return exchange.response(200, kJson, "{\"status\":\"alive\"}\n", kNotStored);
        const Health health = describe_health(station);
        const bool stranger = station.access.judge(exchange.request) != Access::Verdict::granted;
        const std::string body = stranger ? R"({"status":")" + health.status + "\"}" : health.json;
        return exchange.response(health.ready ? 200 : 503, kJson, body + "\n", kNotStored);
    }
    if (path == "/api/access") {
        if (!is_read(exchange.request)) return wrong_method(exchange, "GET, HEAD");
        return exchange.response(200, kJson, "{\"status\":\"granted\"}\n", kNotStored);
    }
    if (path == "/ws" || path == "/echo") {
        return refusal(exchange, 426, "upgrade_required", "this is a WebSocket", "Upgrade: websocket\r\n");
    }
    return answer_page(exchange);
}

std::string published(const HttpExchange& exchange, const log::Receipt& receipt) {
    return exchange.response(201, kJson,
                             R"({"id":")" + receipt.id.to_text() + R"(","offset":)" + std::to_string(receipt.offset) +
                                 R"(,"time":)" + std::to_string(receipt.time) + "}\n");
}

std::string not_published(const HttpExchange& exchange, std::error_code error) {
    const Refusal& why = refusal_of(error);
    const bool later = why.http_status == 429 || why.http_status == 503;
    return refusal(exchange, why.http_status, why.reason, error.message(), later ? "Retry-After: 1\r\n" : "");
}

// g++ 12 mishandles temporaries inside of a co_await expression: what is sent has a name first.
net::Awaitable<bool> publish(HttpExchange& exchange, std::string_view name) {
    Station& station = exchange.thread.station;
    const std::string* const origin = exchange.request.header("origin");
    const std::string* const host = exchange.request.header("host");
    if (origin != nullptr &&
        !origin_allowed(station.origins, *origin, host != nullptr ? *host : "", station.web_port)) {
        station.counters.denied(Denial::foreign_origin);
        const std::string refused = refusal(exchange, 403, "foreign_origin", "this page may not publish here");
        co_return co_await exchange.send(refused);
    }
    const auto topic = station.find_or_make(name);
    std::error_code error = topic ? std::error_code{} : topic.error();
    if (!error && exchange.request.body.size() > station.limits.max_payload) error = log::Errc::payload_too_large;
    tl::expected<log::Receipt, std::error_code> receipt = tl::unexpected(error);
    if (error) {
        station.counters.refused(error);
    } else {
        receipt = co_await publish_one(exchange.thread, *topic, exchange.request.body);
    }
    const std::string response = receipt ? published(exchange, *receipt) : not_published(exchange, receipt.error());
    co_return co_await exchange.send(response);
}

net::Awaitable<bool> answer_events(HttpExchange& exchange, std::string_view name) {
    if (exchange.request.method == "POST") return publish(exchange, name);
    return replay(exchange, name);
}

}  // namespace

bool is_read(const net::HttpRequest& request) { return request.method == "GET" || request.method == "HEAD"; }

std::string refusal(const HttpExchange& exchange, int status, std::string_view reason, std::string_view detail,
                    std::string_view headers) {
    return exchange.response(status, kJson, error_body(reason, detail), headers);
}

std::string wrong_method(const HttpExchange& exchange, std::string_view allowed) {
    return refusal(exchange, 405, "method_not_allowed", exchange.request.method + " is not offered here",
                   "Allow: " + std::string{allowed} + "\r\n");
}

std::string HttpExchange::response(int status, std::string_view content_type, std::string_view body,
                                   std::string_view headers) const {
    return page(status, content_type, body, std::string{kDataPolicy}.append(headers));
}

std::string HttpExchange::page(int status, std::string_view content_type, std::string_view body,
                               std::string_view headers) const {
    thread.station.counters.responded(status);
    std::string all = std::string{kGuardHeaders}.append(headers);
    all += cors_headers(thread.station, request);
    if (!keep_alive) all += "Connection: close\r\n";
    if (status == 204) return net::http_head(status, {}, std::nullopt, all);
    if (request.method == "HEAD" || status == 304) {
        return net::http_head(status, content_type, body.size(), all);
    }
    return net::http_response(status, content_type, body, all);
}

std::string error_response(int status, std::string_view reason, std::string_view detail, bool keep_alive,
                           std::string_view headers) {
    std::string all = std::string{kGuardHeaders}.append(kDataPolicy).append(headers);
    if (!keep_alive) all += "Connection: close\r\n";
    return net::http_response(status, kJson, error_body(reason, detail), all);
}

net::Awaitable<bool> answer(HttpExchange& exchange) {
    const bool preflight = is_preflight(exchange.thread.station, exchange.request);
    const std::string_view topic = preflight ? std::string_view{} : events_topic(exchange.request.path);
    bool connected = false;
    if (!topic.empty()) {
        connected = co_await answer_events(exchange, topic);
    } else {
        const std::string response = answer_now(exchange);
        connected = co_await exchange.send(response);
    }
    co_return (connected && exchange.keep_alive);
}

UpgradeAnswer answer_upgrade(Station& station, const net::HttpRequest& request) {
    UpgradeAnswer answer;
    const auto refuse = [&](int status, std::string_view reason, std::string_view detail,
                            std::string_view headers = {}) {
        station.counters.responded(status);
        answer.response = error_response(status, reason, detail, false, headers);
        return answer;
    };
    if (request.method != "GET") {
        return refuse(405, "method_not_allowed", "a WebSocket begins with GET", "Allow: GET\r\n");
    }
    if (request.path != "/" && request.path != "/ws" && request.path != "/echo") {
        return refuse(404, "not_found", "the WebSocket is at / and /ws");
    }
    if (request.http_1_0 || !request.has_token("upgrade", "websocket") || !request.has_token("connection", "upgrade")) {
        return refuse(400, "bad_upgrade", "a WebSocket needs HTTP/1.1, Upgrade: websocket and Connection: Upgrade");
    }
    const std::string* const version = request.header("sec-websocket-version");
    if (version == nullptr || *version != "13" || request.count("sec-websocket-version") > 1) {
        return refuse(426, "bad_version", "this is version 13 of the protocol",
                      "Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n");
    }
    const std::string* const key = request.header("sec-websocket-key");
    const auto accept =
        net::WebSocket::accept_key(key != nullptr && request.count("sec-websocket-key") == 1 ? *key : "");
    if (!accept) return refuse(400, "bad_key", "Sec-WebSocket-Key must be 16 bytes in base64");
    const std::string* const origin = request.header("origin");
    const std::string* const host = request.header("host");
    if (origin != nullptr &&
        !origin_allowed(station.origins, *origin, host != nullptr ? *host : "", station.web_port)) {
        station.counters.denied(Denial::foreign_origin);
        return refuse(403, "foreign_origin", "this page may not connect here");
    }
    station.counters.responded(101);
    answer.door = request.path == "/echo" ? UpgradeAnswer::Door::echo : UpgradeAnswer::Door::station;
    answer.batches = request.has_exact_token("sec-websocket-protocol", kBatchProtocol);
    const bool plain = !answer.batches && request.has_exact_token("sec-websocket-protocol", kPlainProtocol);
    answer.response =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " +
        *accept + "\r\n";
    if (answer.batches) answer.response += "Sec-WebSocket-Protocol: " + std::string{kBatchProtocol} + "\r\n";
    if (plain) answer.response += "Sec-WebSocket-Protocol: " + std::string{kPlainProtocol} + "\r\n";
    answer.response += "\r\n";
    return answer;
}

}  // namespace station::final_station
