// A histogram as Prometheus wants it: a few buckets with fixed upper ends. Any thread may observe, without a lock.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace station::metrics {

// Upper ends in seconds, each twice the one before: 50 us to 6.6 s. What takes longer is in the last bucket.
inline constexpr std::array<double, 18> kLatencyBounds{0.00005, 0.0001, 0.0002, 0.0004, 0.0008, 0.0016,
                                                       0.0032,  0.0064, 0.0128, 0.0256, 0.0512, 0.1024,
                                                       0.2048,  0.4096, 0.8192, 1.6384, 3.2768, 6.5536};

class LatencyBuckets {
  public:
    static constexpr std::size_t kCount = kLatencyBounds.size() + 1;

    void observe(double seconds, std::uint64_t times = 1) {
        const auto bound = std::lower_bound(kLatencyBounds.begin(), kLatencyBounds.end(), seconds);
        buckets_[static_cast<std::size_t>(bound - kLatencyBounds.begin())].fetch_add(times, std::memory_order_relaxed);
        sum_nanos_.fetch_add(static_cast<std::uint64_t>(seconds * 1e9) * times, std::memory_order_relaxed);
    }

    std::array<std::uint64_t, kCount> buckets() const {
        std::array<std::uint64_t, kCount> counts{};
        for (std::size_t i = 0; i < kCount; ++i) counts[i] = buckets_[i].load(std::memory_order_relaxed);
        return counts;
    }
    double sum_seconds() const { return static_cast<double>(sum_nanos_.load(std::memory_order_relaxed)) / 1e9; }

  private:
    std::array<std::atomic<std::uint64_t>, kCount> buckets_{};
    std::atomic<std::uint64_t> sum_nanos_{0};
};

}  // namespace station::metrics
