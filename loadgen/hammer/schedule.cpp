#include <loadgen/hammer/schedule.hpp>

#include <cmath>

namespace station::hammer {

std::uint64_t slots_of(const Plan& plan) {
    if (!plan.open_loop()) return 0;
    const double slots = plan.rate * std::chrono::duration<double>(plan.duration).count();
    // 0.07 a second for 100 s is a little more than 7 in binary, and still no eighth request.
    constexpr double kRounding = 1e-9;
    const double nearest = std::round(slots);
    const bool whole = std::abs(slots - nearest) <= kRounding * std::max(1.0, nearest);
    return static_cast<std::uint64_t>(whole ? nearest : std::ceil(slots));
}

Nanoseconds opening(const Plan& plan, std::size_t number) {
    return plan.ramp * static_cast<Nanoseconds::rep>(number) /
           static_cast<Nanoseconds::rep>(std::max<std::size_t>(plan.connections, 1));
}

Turns turns_of(const Plan& plan, std::size_t number) {
    if (!plan.open_loop()) return {};
    const double slot = 1e9 / plan.rate;
    const double round = slot * static_cast<double>(plan.connections);
    const double offset = slot * static_cast<double>(number);
    const double late = static_cast<double>(opening(plan, number).count()) - offset;
    const double first_round = late > 0 ? std::ceil(late / round) : 0;
    return {static_cast<std::uint64_t>(first_round), {offset + first_round * round, round}};
}

}  // namespace station::hammer
