// What all connections of a run count together, and the stamp by which a delivery's latency is known. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <station/metrics/histogram.hpp>
#include <string>
#include <string_view>

namespace station::peers {

using Clock = std::chrono::steady_clock;

struct Tally {
    std::uint64_t published = 0;
    std::uint64_t answered = 0;
    std::uint64_t delivered = 0;
    std::uint64_t refused = 0;
    std::string first_refusal;
    Clock::time_point last_answer;
    Clock::time_point last_delivery;
    metrics::Histogram answer_latency;    // nanoseconds from a publish to its acknowledgement
    metrics::Histogram delivery_latency;  // nanoseconds from when a publish was due to its delivery
};

// A payload begins with the time at which it was due, as 16 hexadecimal digits: text, so that it fits into JSON.
inline constexpr std::size_t kStampBytes = 16;

inline void stamp(std::string& payload, Clock::time_point time) {
    auto value = static_cast<std::uint64_t>(time.time_since_epoch().count());
    for (std::size_t i = kStampBytes; i-- > 0; value >>= 4) payload[i] = "0123456789abcdef"[value & 15];
}

inline Clock::time_point stamp_of(std::string_view payload) {
    std::uint64_t value = 0;
    for (const char digit : payload.substr(0, kStampBytes)) {
        value = value << 4 | static_cast<std::uint64_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
    }
    return Clock::time_point{Clock::duration{static_cast<std::int64_t>(value)}};
}

}  // namespace station::peers
