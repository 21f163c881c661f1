// Vector clocks (Fidge and Mattern, 1988): how much of each other thread's past a thread knows. What another thread did at
// a time that this thread's clock does not cover is not ordered before it (DJIT+; FastTrack, Flanagan and Freund, 2009).
#pragma once

#include <algorithm>
#include <cstdint>

namespace station::explore {

// In one schedule, those that have ended included.
constexpr int kMaxThreads = 16;

struct VectorClock {
    std::uint32_t of[kMaxThreads] = {};

    void join(const VectorClock& other) {
        for (int i = 0; i < kMaxThreads; ++i) of[i] = std::max(of[i], other.of[i]);
    }
};

}  // namespace station::explore
