#include <station/metrics/counters.hpp>

namespace station::metrics {

std::string to_json(const Counts& counts) {
    return "{\"received\":" + std::to_string(counts.received) + ",\"processed\":" + std::to_string(counts.processed) +
           ",\"dropped\":" + std::to_string(counts.dropped) + "}";
}

}  // namespace station::metrics
