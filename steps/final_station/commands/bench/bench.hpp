// station bench: what this machine's disk can do, and what the log makes of it. Figures of one run compare; those of
// another day, or of another machine, do not.
#pragma once

#include <chrono>
#include <cstdint>
#include <station/log/bus.hpp>
#include <station/metrics/histogram.hpp>
#include <string>
#include <vector>

#include "commands/folder/folder_commands.hpp"

namespace station::final_station {

struct BenchOptions {
    FolderOptions folder;
    std::string what = "publish";
    std::size_t size = 128;
    std::size_t topics = 1;
    std::size_t publishers = 1;
    std::size_t in_flight = 1;
    std::size_t batch = 1;
    double seconds = 2;
    std::uint64_t events = 0;
    std::size_t subscribers = 50;
    std::size_t zero_ahead = std::size_t{1} << 20;
};

int bench(const BenchOptions& options);

// For the parts of the bench.
struct BenchRun {
    std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
    double cpu_began = 0;  // seconds of processor time before it

    BenchRun();
    double seconds() const;
    double cores() const;  // processors kept busy, on average
};

struct PublishResult {
    std::uint64_t events = 0;
    double seconds = 0;
    double cores = 0;
    metrics::Histogram latency;  // ns, from handing an event over to its acknowledgement
    std::uint64_t syncs = 0;
    std::uint64_t synced_events = 0;
    std::string error;
};

// Publishes for options.seconds, or options.events if not 0, to topics bench-0, bench-1, ...
PublishResult publish_load(log::Bus& bus, const BenchOptions& options);

}  // namespace station::final_station
