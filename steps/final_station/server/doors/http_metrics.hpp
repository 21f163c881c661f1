// GET /metrics: Prometheus' text, in pieces, with a turn for everybody else between two of them.
#pragma once

#include "http_exchange.hpp"

namespace station::final_station {

net::Awaitable<bool> answer_metrics(HttpExchange& exchange);

}  // namespace station::final_station
