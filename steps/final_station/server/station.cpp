#include "station.hpp"

#include <algorithm>

namespace station::final_station {

Station::Station(std::unique_ptr<engine::Engine> engine, Settings given)
    : settings(std::move(given)), registry(std::move(engine), limits.max_topics), memory(limits.max_kept) {}

std::error_code Station::open() {
    const auto first = registry.find_or_make(kFirstTopic);
    return first ? std::error_code{} : first.error();
}

SubscriptionPlace Station::take_place() { return SubscriptionPlace{subscriptions_, limits.max_subscriptions_total}; }

void Station::tell_lag(std::size_t thread, const std::map<std::uint32_t, std::uint64_t>& lag) {
    const base::Lock lock{mutex_};
    if (lag_.size() <= thread) lag_.resize(thread + 1);
    lag_[thread] = lag;
}

std::map<std::uint32_t, std::uint64_t> Station::lag() const {
    const base::Lock lock{mutex_};
    std::map<std::uint32_t, std::uint64_t> furthest;
    for (const auto& of_thread : lag_) {
        for (const auto& [stream, events] : of_thread) furthest[stream] = std::max(furthest[stream], events);
    }
    return furthest;
}

}  // namespace station::final_station
