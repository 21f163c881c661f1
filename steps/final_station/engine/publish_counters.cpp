#include "publish_counters.hpp"

namespace station::final_station {

void PublishCounters::not_stored(std::error_code why, std::uint64_t publishes) {
    const std::size_t row = static_cast<std::size_t>(&refusal_of(why) - refusals().data());
    rejected[row].fetch_add(publishes, std::memory_order_relaxed);
    dropped_.fetch_add(publishes, std::memory_order_release);
}

void PublishCounters::published(std::uint64_t stored, std::uint64_t unstored, std::uint64_t bytes,
                                std::error_code error, std::chrono::nanoseconds took) {
    in_flight_bytes.fetch_sub(bytes, std::memory_order_relaxed);
    if (unstored > 0) not_stored(error, unstored);
    if (stored > 0) {
        publish_seconds.observe(std::chrono::duration<double>(took).count(), stored);
        processed_.fetch_add(stored, std::memory_order_release);
    }
}

void PublishCounters::refused(std::error_code why, std::uint64_t publishes) {
    received(publishes);
    not_stored(why, publishes);
}

metrics::Counts PublishCounters::publishes() const {
    metrics::Counts counts;
    counts.processed = processed_.load(std::memory_order_acquire);
    counts.dropped = dropped_.load(std::memory_order_acquire);
    counts.received = received_.load(std::memory_order_relaxed);
    return counts;
}

}  // namespace station::final_station
