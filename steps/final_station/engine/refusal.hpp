// Why the station refused something, in one table: the word that replies and metrics use, and HTTP's status. Whoever
// meets an error asks here, whatever door it stands at. Any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <system_error>

namespace station::final_station {

struct Refusal {
    std::error_code code;     // the error it stands for; of the generic category: what the system means by it
    std::string_view reason;  // "server_busy", in replies; the label of station_rejected_total
    int http_status = 0;
};

// Several rows may have one reason; the last row's is "storage_error", for what the disk says and no other word fits.
inline constexpr std::size_t kRefusalRows = 28;
std::span<const Refusal, kRefusalRows> refusals();

// The first row of its reason, so that its place in refusals() is where it is counted.
const Refusal& refusal_of(std::error_code error);

inline std::string_view reason_of(std::error_code error) { return refusal_of(error).reason; }
inline int status_of(std::error_code error) { return refusal_of(error).http_status; }

// The station's own, beside the log's.
std::error_code too_many_topics();
std::error_code too_many_subscriptions();         // on one connection
std::error_code too_many_subscriptions_in_all();  // on this server

}  // namespace station::final_station
