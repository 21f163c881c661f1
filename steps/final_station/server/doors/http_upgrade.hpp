// The door from HTTP to the WebSocket (RFC 6455, 4.2): who may pass, and which of the station's it leads to.
#pragma once

#include <optional>
#include <station/net/http.hpp>
#include <station/net/websocket_extensions.hpp>
#include <string>

#include "server/station.hpp"
#include "server/web_port.hpp"

namespace station::final_station {

struct UpgradeAnswer {
    enum class Door { refused, station, echo, application };
    Door door = Door::refused;
    bool batches = false;  // station.batch.v1
    std::optional<net::DeflateParameters> deflate;
    std::string response;
};
// `route`: the application's whose path it is, nullptr: none.
UpgradeAnswer answer_upgrade(Station& station, const net::HttpRequest& request, const WebSocketRoute* route,
                             std::string_view client_address);

}  // namespace station::final_station
