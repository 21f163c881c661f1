// PATCH /api/topics/{name}: what the topic keeps. DELETE /api/topics/{name}?confirm={name}: it goes, for good.
#pragma once

#include "http_exchange.hpp"

namespace station::final_station {

net::Awaitable<bool> change_topic(HttpExchange& exchange);
net::Awaitable<bool> delete_topic(HttpExchange& exchange);

}  // namespace station::final_station
