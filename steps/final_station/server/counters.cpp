#include "counters.hpp"

#include <station/log/error.hpp>

namespace station::final_station {

Refusal refusal_of(std::error_code error) {
    using log::Errc;
    if (error == Errc::queue_full) return Refusal::server_busy;
    if (error == Errc::disk_full) return Refusal::disk_full;
    if (error == Errc::payload_too_large || error == Errc::headers_too_large) return Refusal::too_large;
    if (error == Errc::topic_failed || error == Errc::topic_damaged || error == Errc::read_only) {
        return Refusal::topic_failed;
    }
    if (error == Errc::closed) return Refusal::shutting_down;
    return Refusal::other;
}

void Counters::published(std::uint64_t stored, std::uint64_t unstored, std::uint64_t bytes, std::error_code error,
                         std::chrono::nanoseconds took) {
    in_flight_bytes.fetch_sub(bytes, std::memory_order_relaxed);
    if (unstored > 0) {
        refusals[static_cast<std::size_t>(refusal_of(error))].fetch_add(unstored, std::memory_order_relaxed);
        dropped_.fetch_add(unstored, std::memory_order_release);
    }
    if (stored > 0) {
        publish_seconds.observe(std::chrono::duration<double>(took).count(), stored);
        processed_.fetch_add(stored, std::memory_order_release);
    }
}

void Counters::refused(Refusal why, std::uint64_t publishes) {
    received(publishes);
    refusals[static_cast<std::size_t>(why)].fetch_add(publishes, std::memory_order_relaxed);
    dropped_.fetch_add(publishes, std::memory_order_release);
}

metrics::Counts Counters::publishes() const {
    metrics::Counts counts;
    counts.processed = processed_.load(std::memory_order_acquire);
    counts.dropped = dropped_.load(std::memory_order_acquire);
    counts.received = received_.load(std::memory_order_relaxed);
    return counts;
}

}  // namespace station::final_station
