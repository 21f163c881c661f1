// What all threads of the server share: the bus, its topics by name and by stream, the limits and the counters.
// Any thread may call anything.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <station/log/bus.hpp>
#include <station/base/guarded.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "access.hpp"
#include "counters.hpp"
#include "limits.hpp"
#include "origin.hpp"

namespace station::final_station {

inline constexpr const char* kFirstTopic = "lobby";    // stream 1, made at the first start
inline constexpr const char* kEventsTopic = "events";  // what the line door's events are appended to

class Station {
  public:
    Station(log::Bus bus, const Limits& client_limits);

    // The first topic, and the list of those that are there.
    std::error_code open();

    std::optional<log::Topic> find(std::string_view name) const;
    std::optional<log::Topic> find(std::uint64_t stream) const;
    // Makes the topic where there is none. log::Errc::bad_topic_name, too_many_topics(), and what the disk says.
    tl::expected<log::Topic, std::error_code> find_or_make(std::string_view name);
    std::vector<log::Topic> topics() const;

    // The furthest that a subscriber of this thread is behind, by stream; told by each thread once in a while.
    void tell_lag(std::size_t thread, const std::map<std::uint32_t, std::uint64_t>& lag);
    std::map<std::uint32_t, std::uint64_t> lag() const;

    std::error_code shutdown() { return bus_.shutdown(); }

    const Limits limits;
    OriginRules origins;         // constant once the threads run, as are the token and the port
    Access access;
    std::uint16_t web_port = 0;
    std::function<void(std::string_view)> debug = [](std::string_view) {};
    Counters counters;
    const std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
    std::atomic<bool> stopping{false};

  private:
    log::Bus bus_;
    mutable base::Mutex mutex_;
    std::map<std::string, log::Topic, std::less<>> by_name_ STATION_GUARDED_BY(mutex_);
    std::vector<std::optional<log::Topic>> by_stream_ STATION_GUARDED_BY(mutex_);
    std::vector<std::map<std::uint32_t, std::uint64_t>> lag_ STATION_GUARDED_BY(mutex_);
};

// The station's own refusals, beside the log's.
std::error_code too_many_topics();
std::error_code too_many_subscriptions();

}  // namespace station::final_station
