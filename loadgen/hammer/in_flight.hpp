// The requests of one connection that wait for their reply, oldest first. Requests that went out together
// share one entry, so that a pipeline of 1,000 costs one time stamp and one step in the histogram.
#pragma once

#include <cstddef>
#include <cstdint>
#include <loadgen/hammer/slice.hpp>
#include <vector>

namespace station::hammer {

// When the requests of one connection fall due: the nth at first + n * every. `every` is 0 in a closed loop,
// where a request is due when it is sent.
struct Schedule {
    double first = 0;  // nanoseconds, as `every`
    double every = 0;

    Nanoseconds due(std::uint64_t number) const {
        return Nanoseconds{static_cast<Nanoseconds::rep>(first + static_cast<double>(number) * every)};
    }
};

class InFlight {
  public:
    explicit InFlight(Schedule schedule) : schedule_(schedule) {}

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    const Schedule& schedule() const { return schedule_; }

    void sent(std::size_t count, Nanoseconds now);
    // The oldest `count` are answered: their latencies go into the slice. `count` is at most size().
    void answered(std::size_t count, Nanoseconds now, Slice& slice);
    // The oldest `count` leave without a latency: nobody knows which reply was theirs.
    void forget(std::size_t count);

  private:
    struct Batch {
        Nanoseconds sent_at{0};
        std::size_t count = 0;
    };

    Batch& front() { return batches_[head_]; }
    void take(std::size_t count);
    void grow();

    Schedule schedule_;
    std::size_t size_ = 0;
    std::uint64_t done_ = 0;      // how many have left: the number of the oldest
    std::vector<Batch> batches_;  // a circle, from head_ on
    std::size_t head_ = 0;
    std::size_t used_ = 0;
};

}  // namespace station::hammer
