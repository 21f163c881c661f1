#include "http_upgrade.hpp"

#include <station/net/websocket.hpp>

#include "http_exchange.hpp"
#include "server/origin.hpp"
#include "websocket_codec.hpp"

namespace station::final_station {

UpgradeAnswer answer_upgrade(Station& station, const net::HttpRequest& request) {
    UpgradeAnswer answer;
    const auto refuse = [&](int status, std::string_view reason, std::string_view detail,
                            std::string_view headers = {}) {
        station.counters.responded(status);
        answer.response = last_refusal(request, status, reason, detail, headers);
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
    if (origin != nullptr && !origin_allowed(station.origins, *origin, host != nullptr ? *host : "")) {
        station.counters.denied(Denial::foreign_origin);
        return refuse(403, "foreign_origin", "this page may not connect here");
    }
    station.counters.responded(101);
    answer.door = request.path == "/echo" ? UpgradeAnswer::Door::echo : UpgradeAnswer::Door::station;
    net::DeflateAnswer extension;
    if (station.limits.compress) {
        extension = net::negotiate_deflate(net::extension_offers(request), kNoContexts);
        if (extension.status == net::DeflateAnswer::Status::malformed) {
            return refuse(400, "bad_extensions", "Sec-WebSocket-Extensions is no list of extensions");
        }
    }
    answer.batches = request.has_exact_token("sec-websocket-protocol", kBatchProtocol);
    const bool plain = !answer.batches && request.has_exact_token("sec-websocket-protocol", kPlainProtocol);
    answer.response =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " +
        *accept + "\r\n";
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
