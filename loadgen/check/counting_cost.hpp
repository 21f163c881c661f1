// What counting an event costs, measured in this process: the way of an event through a server (parse, queue, balance,
// reply), counted with atomics, counted under a lock, and not counted at all, by eight threads at once.
#pragma once

#include <vector>

namespace station::lesson {

// Processor time an event takes, in ns; a value for each round. The three take turns, so that what disturbs one
// disturbs all.
struct CountingCost {
    std::vector<double> uncounted;
    std::vector<double> atomic;
    std::vector<double> locked;
};

CountingCost measure_counting_cost();

// How much longer an event takes when it is counted, as a share: the median of the rounds' own ratios, less 1.
double overhead(const std::vector<double>& uncounted, const std::vector<double>& counted);

}  // namespace station::lesson
