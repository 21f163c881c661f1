// What one thread saw in one slice of the run (about 100 ms). In a closed loop `latency` stays empty: it
// would be the same as `from_sending`.
#pragma once

#include <cstdint>
#include <loadgen/hammer/result.hpp>
#include <station/metrics/histogram.hpp>
#include <string>

namespace station::hammer {

struct Slice {
    std::uint64_t sent = 0;
    std::uint64_t missing = 0;
    std::uint64_t unexpected = 0;
    Replies replies;
    metrics::Histogram latency;
    metrics::Histogram from_sending;
    std::size_t open = 0;
    std::string complaint;  // the first reply that was wrong, in words

    void clear() {
        sent = missing = unexpected = 0;
        replies = {};
        latency.clear();
        from_sending.clear();
    }
};

}  // namespace station::hammer
