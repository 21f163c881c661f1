// GET /api/topics/{name}/events: a topic's events as NDJSON, from any place in the log, to its end or on and on.
#pragma once

#include <array>
#include <string_view>

#include "http_exchange.hpp"

namespace station::final_station {

inline constexpr std::array<std::string_view, 4> kReplayParameters{"from", "exclusive", "limit", "follow"};

net::Awaitable<bool> replay(HttpExchange& exchange);

}  // namespace station::final_station
