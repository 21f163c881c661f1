// What the benches print, and what they look at in this process.
#pragma once

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <station/metrics/histogram.hpp>

namespace station::final_station {

using BenchJson = nlohmann::ordered_json;

// A line of JSON, or a line a value; returns the status.
int show(const BenchJson& json, bool as_json);
void add_latency(BenchJson& json, const metrics::Histogram& latency);  // of ns
inline double rounded(double value) { return std::round(value * 100) / 100; }

std::uint64_t resident_bytes();  // of this process
double cpu_seconds();            // that this process has used

}  // namespace station::final_station
