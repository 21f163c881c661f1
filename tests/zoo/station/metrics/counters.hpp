// Counters, and on request some that overwrite each other, count late, or make the workers wait.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <station/zoo.hpp>
#include <string>
#include <thread>

namespace station::metrics {

struct Counts {
    std::uint64_t received = 0;
    std::uint64_t processed = 0;
    std::uint64_t dropped = 0;
};

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
        if (zoo::has("nothing-counted")) return;
        const std::lock_guard lock{mutex_};
        ++(counts_.*counter);
    }

    mutable std::mutex mutex_;
    Counts counts_;
};

class AtomicCounters {
  public:
    void received() {
        constexpr std::uint64_t kBulk = 64;
        if (!zoo::has("counted-in-bulk")) {
            received_.fetch_add(1);
        } else if ((late_.fetch_add(1) + 1) % kBulk == 0) {
            received_.fetch_add(kBulk);
        }
    }
    void processed() {
        if (zoo::has("counts-overwritten")) {
            const auto before = processed_.load();
            std::this_thread::sleep_for(std::chrono::microseconds{50});
            return processed_.store(before + 1);
        }
        std::unique_lock lock{mutex_, std::defer_lock};
        if (zoo::has("counting-makes-wait")) {
            lock.lock();
            std::this_thread::sleep_for(std::chrono::microseconds{500});
        }
        processed_.fetch_add(1);
    }
    void dropped() { dropped_.fetch_add(1); }

    Counts snapshot() const {
        Counts counts;
        counts.processed = processed_.load();
        counts.dropped = dropped_.load();
        counts.received = received_.load();
        return counts;
    }

  private:
    std::atomic<std::uint64_t> received_{0};
    std::atomic<std::uint64_t> late_{0};
    std::atomic<std::uint64_t> processed_{0};
    std::atomic<std::uint64_t> dropped_{0};
    std::mutex mutex_;
};

}  // namespace station::metrics
