#include "web_client.hpp"

#include <netdb.h>

#include <array>
#include <nlohmann/json.hpp>
#include <random>
#include <station/base/addresses.hpp>
#include <station/base/base64.hpp>
#include <station/base/text.hpp>
#include <station/net/http_reply.hpp>

namespace station::final_station {
namespace {

std::string head(std::string_view method, const Remote& server, const std::string& target) {
    std::string lines =
        std::string{method} + " " + target + " HTTP/1.1\r\nHost: " + net::to_string(server.endpoint) + "\r\n";
    if (!server.token.empty()) lines += "Authorization: Bearer " + server.token + "\r\n";
    return lines;
}

// "cannot connect to 127.0.0.1:9000: Connection refused". A name that nobody knows will not be known in a second
// either.
WebProblem cannot_connect(const net::Endpoint& server, std::error_code error) {
    const bool is_wrong = error.category() == base::resolver_category() && error.value() != EAI_AGAIN;
    return {.what = "cannot connect to " + net::to_string(server) + ": " + error.message(), .passes = !is_wrong};
}

// Of a connection that ended before a reply's head was whole.
WebProblem no_reply(const net::Endpoint& server, std::error_code error, bool heard_something) {
    if (error) return {.what = net::to_string(server) + ": " + error.message(), .passes = true};
    if (heard_something) return {.what = net::to_string(server) + " does not speak HTTP"};
    return {.what = net::to_string(server) + ": the server has gone without an answer", .passes = true};
}

tl::expected<WebAnswer, WebProblem> ask(BlockingConnection& connection, const Remote& server, std::string_view request,
                                        const OnPiece& on_piece, const OnHead& on_head = {}) {
    if (const auto error = connection.open(server.endpoint)) {
        return tl::unexpected(cannot_connect(server.endpoint, error));
    }
    WebAnswer answer;
    bool wanted = true;
    net::HttpReply* known = nullptr;
    net::HttpReply reply([&](std::string_view piece) {
        if (on_piece && known->status() == 200) {
            wanted = wanted && on_piece(piece);
        } else {
            answer.body += piece;
        }
    });
    known = &reply;
    std::error_code error = connection.send(request);
    std::array<char, 65536> room;
    bool heard = false;
    while (!error && wanted && !reply.complete() && !reply.failed()) {
        const std::size_t bytes = connection.receive(room, error);
        if (bytes == 0) break;
        heard = true;
        const bool known_before = reply.has_status();
        reply.feed({room.data(), bytes});
        if (on_head && !known_before && reply.has_status()) {
            on_head([&](std::string_view name) { return std::string{reply.header(name)}; });
        }
    }
    if (!reply.complete() && wanted) reply.end_of_stream();
    if (!reply.has_status()) return tl::unexpected(no_reply(server.endpoint, error, heard));
    answer.status = reply.status();
    answer.complete = reply.complete() || !wanted;
    return answer;
}

std::string random_key() {
    std::random_device random;
    std::string bytes(16, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() & 0xFF);
    return base::base64(bytes);
}

}  // namespace

tl::expected<WebAnswer, WebProblem> http_get(BlockingConnection& connection, const Remote& server,
                                             const std::string& target, const OnPiece& on_piece,
                                             const OnHead& on_head) {
    return ask(connection, server, head("GET", server, target) + "Connection: close\r\n\r\n", on_piece, on_head);
}

tl::expected<WebAnswer, WebProblem> http_post(BlockingConnection& connection, const Remote& server,
                                              const std::string& target, std::string_view body) {
    return http_send(connection, server, "POST", target, body);
}

tl::expected<WebAnswer, WebProblem> http_send(BlockingConnection& connection, const Remote& server,
                                              std::string_view method, const std::string& target,
                                              std::string_view body) {
    std::string request = head(method, server, target) + "Connection: close\r\nContent-Length: ";
    request += std::to_string(body.size()) + "\r\n\r\n";
    request += body;
    return ask(connection, server, request, {});
}

tl::expected<void, WebProblem> upgrade(BlockingConnection& connection, const Remote& server, std::string& rest) {
    if (const auto error = connection.open(server.endpoint)) {
        return tl::unexpected(cannot_connect(server.endpoint, error));
    }
    const std::string key = random_key();
    std::error_code error = connection.send(head("GET", server, "/ws") +
                                            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                            "Sec-WebSocket-Key: " +
                                            key + "\r\n\r\n");
    WebAnswer answer;
    net::HttpReply reply{[&](std::string_view piece) { answer.body += piece; }};
    std::array<char, 4096> room;
    bool heard = false;
    while (!error && !reply.complete() && !reply.failed()) {
        const std::size_t bytes = connection.receive(room, error);
        if (bytes == 0) break;
        heard = true;
        const std::size_t taken = reply.feed({room.data(), bytes});
        rest.assign(room.data() + taken, bytes - taken);
    }
    if (!reply.has_status()) return tl::unexpected(no_reply(server.endpoint, error, heard));
    answer.status = reply.status();
    if (answer.status != 101) {
        return tl::unexpected(WebProblem{.what = net::to_string(server.endpoint) + ": " + refusal_in_words(answer),
                                         .passes = answer.status == kNotNow});
    }
    if (reply.header("sec-websocket-accept") != net::WebSocket::accept_key(key)) {
        return tl::unexpected(WebProblem{.what = net::to_string(server.endpoint) + " does not speak WebSocket"});
    }
    return {};
}

std::string refusal_in_words(const WebAnswer& answer) {
    const auto json = nlohmann::json::parse(answer.body, nullptr, false);
    if (json.is_object()) {
        std::string reason = json.value("error", "");
        std::string detail = json.value("detail", "");
        if (!detail.empty()) return detail;
        if (!reason.empty()) return reason;
    }
    return "HTTP status " + std::to_string(answer.status);
}

std::string percent_encoded(std::string_view text) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = base::is_alphanumeric(c) || std::string_view{"-._~"}.find(c) != std::string_view::npos;
        if (plain) {
            encoded += c;
        } else {
            encoded += '%';
            encoded += kDigits[byte >> 4];
            encoded += kDigits[byte & 15];
        }
    }
    return encoded;
}

}  // namespace station::final_station
