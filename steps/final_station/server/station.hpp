// What all threads of the server share: the engine, its topics by name and by stream, the limits and the counters.
// Any thread may call anything.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <station/base/guarded.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access.hpp"
#include "counters.hpp"
#include "engine/memory_account.hpp"
#include "engine/reader_pool.hpp"
#include "engine/refusal.hpp"
#include "engine/topics.hpp"
#include "limits.hpp"
#include "origin.hpp"
#include "reloadable.hpp"
#include "troubles.hpp"

namespace station::final_station {

struct WebPort;

inline constexpr const char* kFirstTopic = "lobby";    // stream 1, made at the first start
inline constexpr const char* kEventsTopic = "events";  // what the line door's events are appended to

// One of the process's subscriptions, for as long as it lives; false where all are taken.
class SubscriptionPlace {
  public:
    SubscriptionPlace(std::atomic<std::size_t>& taken, std::size_t most) {
        if (taken.fetch_add(1, std::memory_order_relaxed) < most) {
            taken_ = &taken;
        } else {
            taken.fetch_sub(1, std::memory_order_relaxed);
        }
    }
    SubscriptionPlace(SubscriptionPlace&& other) noexcept : taken_(std::exchange(other.taken_, nullptr)) {}
    SubscriptionPlace& operator=(SubscriptionPlace&&) = delete;
    ~SubscriptionPlace() {
        if (taken_ != nullptr) taken_->fetch_sub(1, std::memory_order_relaxed);
    }
    explicit operator bool() const { return taken_ != nullptr; }

  private:
    std::atomic<std::size_t>* taken_ = nullptr;
};

// What a station is told when it begins, and never again; what may change while it runs is in credentials.hpp.
struct Settings {
    Limits limits;
    std::function<void(std::string_view)> debug;  // empty: nobody listens, and no text need be made
    Troubles::Tell tell;                          // any thread
};

class Station {
  public:
    Station(std::unique_ptr<engine::Engine> engine, Settings settings);

    // Makes the first topic, where there is none.
    std::error_code open();

    std::optional<engine::Topic> find(std::string_view name) const { return registry.find(name); }
    std::optional<engine::Topic> find(std::uint64_t stream) const { return registry.find(stream); }
    std::vector<engine::Topic> topics() const { return registry.all(); }  // by stream

    // Before a subscription is promised.
    SubscriptionPlace take_place();
    std::size_t subscriptions() const { return subscriptions_.load(std::memory_order_relaxed); }

    // The furthest that a subscriber of this thread is behind, by stream; told by each thread once in a while.
    void tell_lag(std::size_t thread, const std::map<std::uint32_t, std::uint64_t>& lag);
    std::map<std::uint32_t, std::uint64_t> lag() const;

    std::error_code shutdown() {
        readers.stop();
        return registry.shutdown();
    }

    const Settings settings;
    const Limits& limits = settings.limits;
    Topics registry;
    ReaderPool readers;
    MemoryAccount memory;             // what clients make the server keep
    const WebPort* web = nullptr;     // set before the first connection
    Reloadable<OriginRules> origins;  // these two may change while the threads run: see credentials.hpp
    Access access;
    Counters counters;
    Troubles troubles{settings.tell};
    const std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
    const std::chrono::system_clock::time_point started_at = std::chrono::system_clock::now();
    std::atomic<bool> stopping{false};

  private:
    std::atomic<std::size_t> subscriptions_{0};
    mutable base::Mutex mutex_;
    std::vector<std::map<std::uint32_t, std::uint64_t>> lag_ STATION_GUARDED_BY(mutex_);
};

}  // namespace station::final_station
