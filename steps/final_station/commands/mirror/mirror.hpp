// `station mirror`: copies a topic into JetStream, or home, with its ids, times, headers and order, and follows it.
// It may be killed and started again anywhere: it goes on behind the last event that the copy holds, which must be
// the feed's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "client/web_client.hpp"
#include "engine/jetstream/connection.hpp"

namespace station::final_station {

struct MirrorOptions {
    std::string dir = "data";
    std::optional<Remote> server;  // in place of the folder
    std::string topic;
    jetstream::Config jetstream;
    std::optional<unsigned> replicas;
    bool is_home = false;  // from JetStream into the folder
    bool once = false;     // up to what is there now
    bool verify = false;   // copies nothing: reads both, and compares
};

// The exit status; what went wrong has been said on standard error.
int mirror(const MirrorOptions& options);

}  // namespace station::final_station
