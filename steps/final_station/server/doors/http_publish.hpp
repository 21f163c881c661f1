// POST /api/topics/{name}/events: one event, answered once it is as safe as the mode promises.
#pragma once

#include "http_exchange.hpp"

namespace station::final_station {

net::Awaitable<bool> publish(HttpExchange& exchange);

}  // namespace station::final_station
