#include "station.hpp"

#include <algorithm>

namespace station::final_station {
namespace {

enum Code { kTooManyTopics = 1, kTooManySubscriptions };

class Category : public std::error_category {
  public:
    const char* name() const noexcept override { return "station"; }
    std::string message(int code) const override {
        return code == kTooManyTopics ? "no more topics may be made" : "no more subscriptions on this connection";
    }
};

const Category kCategory;

}  // namespace

std::error_code too_many_topics() { return {kTooManyTopics, kCategory}; }
std::error_code too_many_subscriptions() { return {kTooManySubscriptions, kCategory}; }

Station::Station(log::Bus bus, const Limits& client_limits) : limits(client_limits), bus_(std::move(bus)) {}

std::error_code Station::open() {
    for (const log::Topic& topic : bus_.topics()) {
        const base::Lock lock{mutex_};
        by_name_.emplace(topic.name(), topic);
        if (by_stream_.size() <= topic.stream()) by_stream_.resize(topic.stream() + 1);
        by_stream_[topic.stream()] = topic;
    }
    const auto first = find_or_make(kFirstTopic);
    return first ? std::error_code{} : first.error();
}

std::optional<log::Topic> Station::find(std::string_view name) const {
    const base::Lock lock{mutex_};
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? std::nullopt : std::optional{found->second};
}

std::optional<log::Topic> Station::find(std::uint64_t stream) const {
    const base::Lock lock{mutex_};
    return stream < by_stream_.size() ? by_stream_[stream] : std::nullopt;
}

tl::expected<log::Topic, std::error_code> Station::find_or_make(std::string_view name) {
    const base::Lock lock{mutex_};
    if (const auto found = by_name_.find(name); found != by_name_.end()) return found->second;
    if (log::is_topic_name(name) && by_name_.size() >= limits.max_topics) return tl::unexpected(too_many_topics());
    auto topic = bus_.topic(name);
    if (!topic) return topic;
    by_name_.emplace(topic->name(), *topic);
    if (by_stream_.size() <= topic->stream()) by_stream_.resize(topic->stream() + 1);
    by_stream_[topic->stream()] = *topic;
    return topic;
}

std::vector<log::Topic> Station::topics() const {
    const base::Lock lock{mutex_};
    std::vector<log::Topic> all;
    for (const auto& topic : by_stream_) {
        if (topic) all.push_back(*topic);
    }
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
