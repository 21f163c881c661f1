// What may go wrong for a moment with the server's own means, and is over when it is over: reads of the log, memory,
// descriptors for connections. Each kind is counted, is said in the log at most once a second, and a topic that could
// not be read stays in /health for a while.
//
// Any thread may call anything. What is told here never fails: where there is no memory to say it, it is counted alone.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <station/base/guarded.hpp>
#include <station/log/config.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "engine/engine.hpp"

namespace station::final_station {

// How long a read that failed makes /health say so.
inline constexpr std::chrono::seconds kReadTroubleShown{10};

class Troubles {
  public:
    using Tell = std::function<void(log::Severity, std::string_view)>;  // empty: nobody listens

    explicit Troubles(const Tell& tell) : tell_(tell) {}

    // A reader of the topic met this, and tries again.
    void read_failed(const engine::Topic& topic, std::error_code error) noexcept;
    // Names of the topics of which a read has failed lately, by stream.
    std::vector<std::string> unreadable_topics() const;

    // There was no memory for a connection's next step, and it was ended.
    void out_of_memory() noexcept;
    std::uint64_t times_out_of_memory() const { return out_of_memory_.load(std::memory_order_relaxed); }

    // A connection that waits can't be taken now. Said once, until one can be.
    void accept_failed(std::error_code error) noexcept;
    void accept_worked() noexcept;
    std::uint64_t accept_errors() const { return accept_errors_.load(std::memory_order_relaxed); }

  private:
    void say(log::Severity severity, std::string_view text) const {
        if (tell_) tell_(severity, text);
    }

    using Clock = std::chrono::steady_clock;

    // At most once a second.
    class Pace {
      public:
        bool due();

      private:
        std::atomic<Clock::rep> next_{0};
    };

    const Tell& tell_;
    std::atomic<std::uint64_t> out_of_memory_{0};
    std::atomic<std::uint64_t> accept_errors_{0};
    std::atomic<bool> accepting_fails_{false};
    Pace read_lines_;
    Pace memory_lines_;
    mutable base::Mutex mutex_;
    struct Read {
        std::string name;
        Clock::time_point failed;
    };
    std::map<std::uint32_t, Read> reads_ STATION_GUARDED_BY(mutex_);  // by stream
};

}  // namespace station::final_station
