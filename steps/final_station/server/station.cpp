#include "station.hpp"

#include <algorithm>

namespace station::final_station {

Station::Station(log::Bus bus, const Limits& client_limits) : limits(client_limits), bus_(std::move(bus)) {}

std::error_code Station::open() {
    for (const log::Topic& topic : bus_.topics()) add(topic);
    const auto first = find_or_make(kFirstTopic);
    return first ? std::error_code{} : first.error();
}

void Station::add(const log::Topic& topic) {
    const base::Lock lock{mutex_};
    by_stream_.emplace(topic.stream(), topic);
    by_name_.emplace(topic.name(), topic);  // last: who finds the name does not come here again
}

std::optional<log::Topic> Station::find(std::string_view name) const {
    const base::Lock lock{mutex_};
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? std::nullopt : std::optional{found->second};
}

std::optional<log::Topic> Station::find(std::uint64_t stream) const {
    const base::Lock lock{mutex_};
    const auto found = by_stream_.find(stream);
    return found == by_stream_.end() ? std::nullopt : std::optional{found->second};
}

tl::expected<log::Topic, std::error_code> Station::find_or_make(std::string_view name) {
    if (const auto found = find(name)) return *found;
    const base::Lock one_at_a_time{making_};
    {
        const base::Lock lock{mutex_};
        if (const auto found = by_name_.find(name); found != by_name_.end()) return found->second;
        if (log::is_topic_name(name) && by_name_.size() >= limits.max_topics) return tl::unexpected(too_many_topics());
    }
    auto topic = bus_.topic(name);
    if (topic) add(*topic);
    return topic;
}

SubscriptionPlace Station::take_place() { return SubscriptionPlace{subscriptions_, limits.max_subscriptions_total}; }

std::vector<log::Topic> Station::topics() const {
    const base::Lock lock{mutex_};
    std::vector<log::Topic> all;
    for (const auto& [stream, topic] : by_stream_) all.push_back(topic);
    return all;
}

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
