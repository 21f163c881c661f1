// What the station itself answers over HTTP: routes, statuses and bodies (docs/protocol.md, "HTTP").
#pragma once

#include "http_routes.hpp"

namespace station::final_station {

void add_station_routes(HttpRoutes& routes);

}  // namespace station::final_station
