// A histogram of latencies as a curve over Scale::percentile.
#pragma once

#include <algorithm>
#include <loadgen/draw/figure.hpp>
#include <station/metrics/histogram.hpp>
#include <vector>

namespace station::draw {

// In ms; ends with the slowest of all, at the percentile that it stands for. Empty for an empty histogram.
inline std::vector<Point> percentile_curve(const metrics::Histogram& histogram) {
    constexpr double kPercents[] = {0,     10,    25,    50,    60,     70,     80,     82.5,    85,     87.5, 90,
                                    92.5,  95,    96,    97,    98,     99,     99.3,   99.5,    99.7,   99.8, 99.9,
                                    99.95, 99.97, 99.98, 99.99, 99.995, 99.998, 99.999, 99.9995, 99.9998};
    constexpr double kNanosecondsPerMs = 1e6;
    std::vector<Point> curve;
    if (histogram.count() == 0) return curve;
    const double last = std::min(100 - 100 / static_cast<double>(histogram.count()), 99.9999);
    for (const double percent : kPercents) {
        if (percent < last) {
            curve.push_back({percent, static_cast<double>(histogram.percentile(percent)) / kNanosecondsPerMs});
        }
    }
    curve.push_back({last, static_cast<double>(histogram.max()) / kNanosecondsPerMs});
    return curve;
}

}  // namespace station::draw
