// Routes of the web port: what is registered here is answered, everything else is 404 or 405. An application adds its
// own beside the station's before the first connection, and knows nothing of sockets.
#pragma once

#include <functional>
#include <station/net/http_router.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http_exchange.hpp"

namespace station::final_station {

struct HttpRoute {
    // The answer at once; or all that it takes to send it, and false where the connection must end.
    using AtOnce = std::function<std::string(const HttpExchange&)>;
    using InTime = std::function<net::Awaitable<bool>(HttpExchange&)>;
    std::variant<AtOnce, InTime> handler;
    bool takes_any_parameter = false;
    std::vector<std::string_view> parameters = {};  // of the query; any other one is 400
};

using HttpRoutes = net::HttpRouter<HttpRoute>;

// False where the connection must end.
net::Awaitable<bool> answer(const HttpRoutes& routes, HttpExchange& exchange);

}  // namespace station::final_station
