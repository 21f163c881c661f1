// What all threads of a run share: who is there, what is said, and how far the run is. Any thread.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <loadgen/hammer/talk/cast.hpp>
#include <loadgen/hammer/talk/plan.hpp>
#include <loadgen/hammer/talk/script.hpp>
#include <mutex>
#include <span>
#include <vector>

namespace station::hammer::talk {

enum class Act : std::uint8_t {
    gathering,  // members connect, and see what is there
    talking,
    answering,  // nothing new is said; what was said is acknowledged
    settling,   // nothing is acknowledged any more; everybody sees all of it
    over,
};

class Stage {
  public:
    using Clock = std::chrono::steady_clock;

    Stage(const Plan& what, const net::Endpoint& where, std::span<const base::Address> found, Cast people,
          std::uint64_t run)
        : plan(what),
          server(where),
          addresses(found),
          cast(std::move(people)),
          script(plan.payload, plan.seed, run),
          acknowledged_(cast.rooms.size()) {}

    const Plan& plan;
    const net::Endpoint& server;
    const std::span<const base::Address> addresses;
    const Cast cast;
    const Script script;

    Act act() const { return act_.load(std::memory_order_acquire); }
    // Of the talking; on the monotonic clock.
    Nanoseconds began() const { return Nanoseconds{began_.load(std::memory_order_acquire)}; }

    void begin(Act act) {
        if (act == Act::talking) began_ = Nanoseconds{Clock::now().time_since_epoch()}.count();
        const std::lock_guard lock{mutex_};
        act_ = act;
        changed_.notify_all();
    }
    // A thread has done its part of an act, once.
    void done(Act act) {
        const std::lock_guard lock{mutex_};
        ++done_[static_cast<std::size_t>(act)];
        changed_.notify_all();
    }
    // False: the time was over before so many threads had done it.
    bool wait_for(Act act, std::size_t threads, Clock::time_point until) {
        std::unique_lock lock{mutex_};
        return changed_.wait_until(lock, until, [&] { return done_[static_cast<std::size_t>(act)] >= threads; });
    }
    // Returns earlier where another act begins.
    void wait_in(Act act, Clock::time_point until) {
        std::unique_lock lock{mutex_};
        changed_.wait_until(lock, until, [&] { return act_ != act; });
    }

    std::uint32_t next_number() { return said_.fetch_add(1, std::memory_order_relaxed); }
    void acknowledge(std::uint32_t room) {
        acknowledged_[room].fetch_add(1, std::memory_order_relaxed);
        all_acknowledged_.fetch_add(1, std::memory_order_relaxed);
    }
    std::uint64_t acknowledged(std::uint32_t room) const { return acknowledged_[room].load(std::memory_order_relaxed); }
    std::uint64_t acknowledged() const { return all_acknowledged_.load(std::memory_order_relaxed); }
    void deliver(std::uint64_t messages) { delivered_.fetch_add(messages, std::memory_order_relaxed); }
    std::uint64_t delivered() const { return delivered_.load(std::memory_order_relaxed); }
    void gather(std::int64_t more) { here_.fetch_add(more, std::memory_order_relaxed); }
    std::int64_t here() const { return here_.load(std::memory_order_relaxed); }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::atomic<Act> act_{Act::gathering};
    std::array<std::size_t, 5> done_{};
    std::atomic<Nanoseconds::rep> began_{0};
    std::atomic<std::uint32_t> said_{0};
    std::vector<std::atomic<std::uint64_t>> acknowledged_;  // by room
    std::atomic<std::uint64_t> all_acknowledged_{0};
    std::atomic<std::uint64_t> delivered_{0};
    std::atomic<std::int64_t> here_{0};  // members who are connected
};

}  // namespace station::hammer::talk
