// How many events came in, were applied, and were turned away: once under a lock (steps 4 to 8) and once without
// (step 9 on). Both may be called from any thread, and both keep one promise: a snapshot never shows more events
// finished than received.
//
// The lock-free one pays attention to two things. Each counter has a cache line of its own: threads that count
// different things would otherwise pass one line back and forth (false sharing). And an event's end is counted with
// release and read with acquire, before `received` is read, so that who sees the end sees the beginning as well.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace station::metrics {

struct Counts {
    std::uint64_t received = 0;   // valid events
    std::uint64_t processed = 0;  // applied to a balance
    std::uint64_t dropped = 0;    // rejected (queue full, shutting down) or refused (overflow)
};

// {"received":100000,"processed":99820,"dropped":180}
std::string to_json(const Counts& counts);

class LockedCounters {
  public:
    void received() { add(&Counts::received); }
    void processed() { add(&Counts::processed); }
    void dropped() { add(&Counts::dropped); }

    Counts snapshot() const {
        const std::lock_guard lock{mutex_};
        return counts_;
    }

  private:
    void add(std::uint64_t Counts::*counter) {
        const std::lock_guard lock{mutex_};
        ++(counts_.*counter);
    }

    mutable std::mutex mutex_;
    Counts counts_;
};

class AtomicCounters {
  public:
    void received() { received_.fetch_add(1, std::memory_order_relaxed); }
    void processed() { processed_.fetch_add(1, std::memory_order_release); }
    void dropped() { dropped_.fetch_add(1, std::memory_order_release); }

    Counts snapshot() const {
        Counts counts;
        counts.processed = processed_.load(std::memory_order_acquire);
        counts.dropped = dropped_.load(std::memory_order_acquire);
        counts.received = received_.load(std::memory_order_relaxed);
        return counts;
    }

  private:
    static constexpr std::size_t kCacheLine = 64;

    alignas(kCacheLine) std::atomic<std::uint64_t> received_{0};
    alignas(kCacheLine) std::atomic<std::uint64_t> processed_{0};
    alignas(kCacheLine) std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace station::metrics
