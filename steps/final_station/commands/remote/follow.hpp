// `station tail` on a server: a topic's events as they come, until it is interrupted. It outlives the server: where the
// connection ends it asks again, from the offset it has come to, and a topic that is not there yet is waited for. Each
// of these is said on standard error.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "server_commands.hpp"

namespace station::final_station {

// The exit status.
int follow(const RemoteOptions& options, const ReplayOptions& replay);

// What replay has in common with it.
std::string events_target(const std::string& topic, const ReplayOptions& replay);
std::string ended_in_words(const net::Endpoint& server, std::uint64_t events);
void say_where_unmatched(const std::string& topic,
                         const std::function<std::string(std::string_view lower_case_name)>& header);

}  // namespace station::final_station
