#include "counters.hpp"

#include <algorithm>

namespace station::final_station {

void Counters::not_stored(std::error_code why, std::uint64_t publishes) {
    const std::size_t row = static_cast<std::size_t>(&refusal_of(why) - refusals().data());
    rejected[row].fetch_add(publishes, std::memory_order_relaxed);
    dropped_.fetch_add(publishes, std::memory_order_release);
}

void Counters::published(std::uint64_t stored, std::uint64_t unstored, std::uint64_t bytes, std::error_code error,
                         std::chrono::nanoseconds took) {
    in_flight_bytes.fetch_sub(bytes, std::memory_order_relaxed);
    if (unstored > 0) not_stored(error, unstored);
    if (stored > 0) {
        publish_seconds.observe(std::chrono::duration<double>(took).count(), stored);
        processed_.fetch_add(stored, std::memory_order_release);
    }
}

void Counters::refused(std::error_code why, std::uint64_t publishes) {
    received(publishes);
    not_stored(why, publishes);
}

void Counters::responded(int http_status) {
    const auto status = static_cast<std::size_t>(std::clamp(http_status, 100, 599)) - 100;
    responses[status].fetch_add(1, std::memory_order_relaxed);
}

metrics::Counts Counters::publishes() const {
    metrics::Counts counts;
    counts.processed = processed_.load(std::memory_order_acquire);
    counts.dropped = dropped_.load(std::memory_order_acquire);
    counts.received = received_.load(std::memory_order_relaxed);
    return counts;
}

}  // namespace station::final_station
