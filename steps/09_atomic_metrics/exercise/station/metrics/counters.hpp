// Exercise 9: counters without a lock. Those of AtomicCounters are not atomic yet: every thread counts for itself, and
// whoever asks hears only what the asking thread has counted.
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
    // ---- your part: three counters that all threads share, and a snapshot of them ----
    void received() { ++mine().received; }
    void processed() { ++mine().processed; }
    void dropped() { ++mine().dropped; }

    Counts snapshot() const { return mine(); }

  private:
    static Counts& mine() {
        thread_local Counts counts;
        return counts;
    }
    // ---- end of your part ----
};

}  // namespace station::metrics
