// What tests use to put threads where they want them. Nothing here waits for ever: a wait that a defect would make
// endless ends after kPatience and says so, so that the test fails by name and not by ctest's time-out.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace station::test {

// Long: only a broken program waits that long.
inline constexpr std::chrono::seconds kPatience{20};

// Opens once `arrivals` have arrived.
class Gate {
  public:
    explicit Gate(std::size_t arrivals = 1) : missing_(arrivals) {}

    void arrive() {
        const std::lock_guard lock{mutex_};
        if (missing_ > 0) --missing_;
        changed_.notify_all();
    }

    // False where it has not opened in time.
    bool wait(std::chrono::nanoseconds patience = kPatience) {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, patience, [this] { return missing_ == 0; });
    }

    bool arrive_and_wait() {
        arrive();
        return wait();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t missing_;
};

}  // namespace station::test
