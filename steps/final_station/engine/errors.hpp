// The station's own refusals, beside the log's.
#pragma once

#include <system_error>

namespace station::final_station {

std::error_code too_many_topics();
std::error_code too_many_subscriptions();         // on one connection
std::error_code too_many_subscriptions_in_all();  // on this server

}  // namespace station::final_station
