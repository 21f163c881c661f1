// Counts what was acknowledged of one publishing thread's window. The publisher sleeps in wait_for(), any thread calls
// one_more(); the destructor waits for the last of them to have left, for notifying touches this after counting.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

namespace station::final_station {

class Acknowledgements {
  public:
    Acknowledgements() = default;
    Acknowledgements(const Acknowledgements&) = delete;
    Acknowledgements& operator=(const Acknowledgements&) = delete;
    ~Acknowledgements() {
        while (left_.load() != done_.load()) std::this_thread::yield();
    }

    void one_more() noexcept {
        const std::uint64_t done = done_.fetch_add(1) + 1;
        if (done == wanted_.load()) done_.notify_one();
        left_.fetch_add(1);
    }

    // Sleeps where fewer than `least` are acknowledged, until `wanted` are: not one wake-up for each event.
    void wait_for(std::uint64_t least, std::uint64_t wanted) {
        if (done_.load() >= least) return;
        wanted_.store(wanted);
        for (std::uint64_t done = done_.load(); done < wanted; done = done_.load()) done_.wait(done);
    }

  private:
    std::atomic<std::uint64_t> done_{0};
    std::atomic<std::uint64_t> left_{0};
    std::atomic<std::uint64_t> wanted_{~std::uint64_t{0}};
};

}  // namespace station::final_station
