// GET /api/topics/{name}/events: a topic's events as NDJSON, from where they are asked for.
//
// A body that could not be sent whole never looks so: it ends without its last chunk, or the connection is reset.
#pragma once

#include <string_view>

#include "http_api.hpp"

namespace station::final_station {

// False where the connection must end.
net::Awaitable<bool> replay(HttpExchange& exchange, std::string_view name);

}  // namespace station::final_station
