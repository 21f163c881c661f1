// The clocks that a scenario sees: all of them stand still unless they are looked at or all threads wait.
#pragma once

#include <cstdint>
#include <ctime>
#include <loadgen/explore/schedule.hpp>

namespace station::explore {

// The clock of the day is this far ahead of the monotonic one: 1 January 2026.
constexpr std::int64_t kDayOffset = 1'767'225'600'000'000'000;

inline std::int64_t nanoseconds(const timespec& time) { return time.tv_sec * 1'000'000'000LL + time.tv_nsec; }

// On the virtual clock; negative: there is none.
inline std::int64_t deadline_at(clockid_t clock, const timespec* time) {
    if (time == nullptr) return -1;
    const std::int64_t at = nanoseconds(*time) - (clock == CLOCK_REALTIME ? kDayOffset : 0);
    return at < 0 ? 0 : at;
}
inline std::int64_t deadline_in(std::int64_t duration) { return now() + (duration < 0 ? 0 : duration); }

}  // namespace station::explore
