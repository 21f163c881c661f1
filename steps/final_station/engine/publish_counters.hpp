// What becomes of publishes, counted in one place whatever door they came through. Any thread; no locks. A snapshot
// never shows more publishes finished than received.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <station/metrics/bucket_histogram.hpp>
#include <station/metrics/counters.hpp>
#include <system_error>

#include "refusal.hpp"

namespace station::final_station {

class PublishCounters {
  public:
    using Number = std::atomic<std::uint64_t>;

    void received(std::uint64_t publishes) { received_.fetch_add(publishes, std::memory_order_relaxed); }
    // Once for all that was answered together: so many were stored, and so many met the error; `bytes` of all of them.
    void published(std::uint64_t stored, std::uint64_t unstored, std::uint64_t bytes, std::error_code error,
                   std::chrono::nanoseconds took);
    // Refused before it reached a topic's queue; received() as well.
    void refused(std::error_code why, std::uint64_t publishes = 1);
    metrics::Counts publishes() const;

    std::array<Number, kRefusalRows> rejected{};  // publishes, by their row of refusals()
    Number in_flight_bytes{0};                    // payloads on their way to the disk
    metrics::LatencyBuckets publish_seconds;

  private:
    void not_stored(std::error_code why, std::uint64_t publishes);

    Number received_{0};
    Number processed_{0};
    Number dropped_{0};
};

}  // namespace station::final_station
