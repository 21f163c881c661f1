// What the station itself answers over HTTP: routes, statuses and bodies (docs/protocol.md, "HTTP").
#pragma once

#include "http_routes.hpp"

namespace station::final_station {

// Whether the process lives, and is well.
void add_health_routes(HttpRoutes& routes);
// The bus: its page, its topics, its metrics.
void add_bus_routes(HttpRoutes& routes);

}  // namespace station::final_station
