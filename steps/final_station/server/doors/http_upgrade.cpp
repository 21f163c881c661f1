#include "http_upgrade.hpp"

#include <station/net/websocket.hpp>

#include "http_exchange.hpp"
#include "server/origin.hpp"
#include "websocket_codec.hpp"

namespace station::final_station {
namespace {

struct Refused {
    int status;
    std::string_view reason;
    std::string_view detail;
    std::string_view headers = {};
};

// What RFC 6455, 4.2.1, asks of every upgrade.
std::optional<Refused> protocol_problem(const net::HttpRequest& request) {
    if (request.http_1_0 || !request.has_token("upgrade", "websocket") || !request.has_token("connection", "upgrade")) {
        return Refused{400, "bad_upgrade", "a WebSocket needs HTTP/1.1, Upgrade: websocket and Connection: Upgrade"};
    }
    const std::string* const version = request.header("sec-websocket-version");
    if (version == nullptr || *version != "13" || request.count("sec-websocket-version") > 1) {
        return Refused{426, "bad_version", "this is version 13 of the protocol",
                       "Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n"};
    }
    return std::nullopt;
}

std::optional<std::string> accept_of(const net::HttpRequest& request) {
    const std::string* const key = request.header("sec-websocket-key");
    return net::WebSocket::accept_key(key != nullptr && request.count("sec-websocket-key") == 1 ? *key : "");
}

bool is_foreign(const Station& station, const net::HttpRequest& request) {
    const std::string* const origin = request.header("origin");
    const std::string* const host = request.header("host");
    return origin != nullptr && !origin_allowed(station.origins, *origin, host != nullptr ? *host : "");
}

std::string switching(const std::string& accept) {
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: " +
           accept + "\r\n";
}

bool is_of_the_bus(const Station& station, std::string_view path) {
    return station.web->has_bus && (path == "/" || path == "/ws" || path == "/echo");
}

}  // namespace

UpgradeAnswer answer_upgrade(Station& station, const net::HttpRequest& request, const WebSocketRoute* route,
                             std::string_view client_address) {
    UpgradeAnswer answer;
    const auto refuse = [&](const Refused& why) {
        station.counters.responded(why.status);
        answer.response = last_refusal(request, why.status, why.reason, why.detail, why.headers);
        return answer;
    };
    if (request.method != "GET") {
        return refuse({405, "method_not_allowed", "a WebSocket begins with GET", "Allow: GET\r\n"});
    }
    if (route == nullptr && !is_of_the_bus(station, request.path)) {
        return refuse(
            {404, "not_found", station.web->has_bus ? "the WebSocket is at / and /ws" : "no WebSocket is here"});
    }
    if (const auto problem = protocol_problem(request)) return refuse(*problem);
    const auto accept = accept_of(request);
    if (!accept) return refuse({400, "bad_key", "Sec-WebSocket-Key must be 16 bytes in base64"});
    if (route != nullptr) {
        answer.response = route->refusal(request, client_address);
        if (!answer.response.empty()) return answer;
        station.counters.responded(101);
        answer.door = UpgradeAnswer::Door::application;
        answer.response = switching(*accept) + "\r\n";
        return answer;
    }
    if (is_foreign(station, request)) {
        station.counters.denied(Denial::foreign_origin);
        return refuse({403, "foreign_origin", "this page may not connect here"});
    }
    net::DeflateAnswer extension;
    if (station.limits.compress) {
        extension = net::negotiate_deflate(net::extension_offers(request), kNoContexts);
        if (extension.status == net::DeflateAnswer::Status::malformed) {
            return refuse({400, "bad_extensions", "Sec-WebSocket-Extensions is no list of extensions"});
        }
    }
    station.counters.responded(101);
    answer.door = request.path == "/echo" ? UpgradeAnswer::Door::echo : UpgradeAnswer::Door::station;
    answer.batches = request.has_exact_token("sec-websocket-protocol", kBatchProtocol);
    const bool plain = !answer.batches && request.has_exact_token("sec-websocket-protocol", kPlainProtocol);
    answer.response = switching(*accept);
    if (answer.batches) answer.response += "Sec-WebSocket-Protocol: " + std::string{kBatchProtocol} + "\r\n";
    if (plain) answer.response += "Sec-WebSocket-Protocol: " + std::string{kPlainProtocol} + "\r\n";
    if (extension.status == net::DeflateAnswer::Status::agreed) {
        answer.deflate = extension.parameters;
        answer.response += "Sec-WebSocket-Extensions: " + extension.header + "\r\n";
    }
    answer.response += "\r\n";
    return answer;
}

}  // namespace station::final_station
