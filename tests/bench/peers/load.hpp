// The load: one thread and one epoll for all connections, whatever the server. Three kinds:
//
//   publish  `connections` publishers, each with up to `window` publishes without an answer
//   replay   one reader gets `events` stored events from the first on
//   fanout   one publisher, `subscribers` live readers; with `rate` in open loop, so that latency counts from when an
//            event was due
//
// Ends after `events` publishes or `seconds`, whichever is first, when all answers and deliveries are in. Throws where
// they don't come: a rate of a run that lost something is no rate.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "protocol.hpp"
#include "tally.hpp"

namespace station::peers {

struct LoadOptions {
    std::string kind;
    ProtocolOptions protocol;
    std::uint16_t port = 0;
    pid_t server = 0;  // for its processor time
    std::size_t size = 128;
    std::size_t connections = 1;
    std::size_t window = 1;
    std::size_t subscribers = 50;
    std::uint64_t events = 0;  // 0: no limit
    double seconds = 0;        // 0: no limit
    double rate = 0;           // 0: as fast as answers come
};

struct LoadResult {
    std::uint64_t events = 0;  // acknowledged, or delivered
    std::uint64_t refused = 0;
    std::string first_refusal;
    double seconds = 0;
    double rate = 0;  // events a second
    double p50_us = 0;
    double p99_us = 0;
    // Processors in use meanwhile: 1.0 is a whole one.
    double client_cpu = 0;
    double server_cpu = 0;
    double other_cpu = 0;
};

LoadResult run_load(const LoadOptions& options);

}  // namespace station::peers
