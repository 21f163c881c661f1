// Whether a reply line is the one that the contract asks for, on a given step.
#pragma once

#include <loadgen/check/case.hpp>
#include <string>
#include <string_view>

namespace station::check {

// Where an expectation stands: the same words mean different lines on different steps, in different runs.
struct Place {
    int step = 0;
    const Names& names;
    std::size_t iteration = 1;
};

bool matches(const Expectation& expected, const Place& place, std::string_view line);

// For people: the exact line where there is one, otherwise what it must be like.
std::string describe(const Expectation& expected, const Place& place);

// The steps of the contract that know {"type":"balance"}, and those that know {"type":"metrics"}.
bool has_balance_request(int step);
bool has_metrics_request(int step);

// Three counters as a metrics reply carries them; nullopt where `line` is not exactly such a reply.
struct MetricsLine {
    std::uint64_t received = 0, processed = 0, dropped = 0;
};
std::optional<MetricsLine> parse_metrics(std::string_view line);

}  // namespace station::check
