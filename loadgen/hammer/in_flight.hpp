// The requests of one connection that wait for their reply, oldest first. Requests that went out together
// share one entry, so that a pipeline of 1,000 costs one time stamp and one step in the histogram.
#pragma once

#include <cstddef>
#include <cstdint>
#include <loadgen/hammer/schedule.hpp>
#include <loadgen/hammer/slice.hpp>
#include <vector>

namespace station::hammer {

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
    // The oldest `count` leave without an answer.
    void lose(std::size_t count);
    // The one that was forgotten last had no answer, as is known now.
    void lose_forgotten();

    // Open loop: of the first `due` requests those without an answer, sent or not, have waited from when they were due
    // until `end`. To leave them out would be coordinated omission: a server that stands still would be asked less.
    void add_unanswered(std::uint64_t due, Nanoseconds end, metrics::Histogram& latency) const;

  private:
    struct Batch {
        Nanoseconds sent_at{0};
        std::size_t count = 0;
    };

    struct Range {
        std::uint64_t first = 0;
        std::uint64_t count = 0;
    };

    Batch& front() { return batches_[head_]; }
    void add_waits(Range requests, Nanoseconds end, metrics::Histogram& latency) const;
    void take(std::size_t count);
    void grow();

    Schedule schedule_;
    std::size_t size_ = 0;
    std::uint64_t done_ = 0;      // how many have left: the number of the oldest
    std::vector<Range> lost_;     // of an open loop
    std::vector<Batch> batches_;  // a circle, from head_ on
    std::size_t head_ = 0;
    std::size_t used_ = 0;
};

}  // namespace station::hammer
