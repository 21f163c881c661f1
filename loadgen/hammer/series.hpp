// Where the threads put their slices together. Each hands over every slice in turn, ten times a second; a
// slice that all have handed over becomes a sample. Any thread may call anything.
#pragma once

#include <cstddef>
#include <deque>
#include <loadgen/hammer/slice.hpp>
#include <mutex>

namespace station::hammer {

inline constexpr Nanoseconds kSliceTime = std::chrono::milliseconds{100};

class Series {
  public:
    Series(std::size_t threads, bool open_loop) : threads_(threads), open_loop_(open_loop) {}

    // One thread's slice number `index`, counted from 0. `end` is where the slice ends.
    void add(std::size_t index, Nanoseconds end, const Slice& slice);
    // One thread adds nothing from slice `index` on.
    void leave(std::size_t index);

    // Counts since the run began; percentiles and open connections of the last sample.
    Sample so_far() const;

    // Moves everything into the result. All threads have left.
    void finish(Result& result);

  private:
    struct Pending {
        Sample sample;
        metrics::Histogram latency;
        std::size_t threads = 0;
    };

    void settle();
    void settle_front();
    std::size_t awaited(std::size_t index) const;

    mutable std::mutex mutex_;
    std::size_t threads_;
    bool open_loop_;
    std::vector<std::size_t> left_;  // for each thread that left, its first slice without it
    std::size_t settled_ = 0;        // how many slices have become samples: the number of pending_'s first
    std::deque<Pending> pending_;
    Result total_;
};

}  // namespace station::hammer
