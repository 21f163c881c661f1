#include <loadgen/hammer/in_flight.hpp>

#include <algorithm>

namespace station::hammer {
namespace {

std::uint64_t positive(Nanoseconds time) {
    return static_cast<std::uint64_t>(std::max<Nanoseconds::rep>(time.count(), 0));
}

}  // namespace

void InFlight::grow() {
    std::rotate(batches_.begin(), batches_.begin() + static_cast<std::ptrdiff_t>(head_), batches_.end());
    head_ = 0;
    batches_.resize(std::max<std::size_t>(4, batches_.size() * 2));
}

void InFlight::sent(std::size_t count, Nanoseconds now) {
    if (count == 0) return;
    if (used_ == batches_.size()) grow();
    batches_[(head_ + used_) % batches_.size()] = {now, count};
    ++used_;
    size_ += count;
}

void InFlight::take(std::size_t count) {
    front().count -= count;
    size_ -= count;
    done_ += count;
    if (front().count > 0) return;
    head_ = (head_ + 1) % batches_.size();
    --used_;
}

void InFlight::answered(std::size_t count, Nanoseconds now, Slice& slice) {
    while (count > 0) {
        const std::size_t together = std::min(count, front().count);
        slice.from_sending.record(positive(now - front().sent_at), together);
        if (schedule_.every > 0) {
            for (std::size_t i = 0; i < together; ++i) slice.latency.record(positive(now - schedule_.due(done_ + i)));
        }
        take(together);
        count -= together;
    }
}

void InFlight::forget(std::size_t count) {
    while (count > 0) {
        const std::size_t together = std::min(count, front().count);
        take(together);
        count -= together;
    }
}

void InFlight::lose(std::size_t count) {
    if (count > 0 && schedule_.every > 0) lost_.push_back({done_, count});
    forget(count);
}

void InFlight::lose_forgotten() {
    if (schedule_.every > 0) lost_.push_back({done_ - 1, 1});
}

void InFlight::add_waits(Range requests, Nanoseconds end, metrics::Histogram& latency) const {
    for (std::uint64_t i = 0; i < requests.count; ++i) {
        latency.record(positive(end - schedule_.due(requests.first + i)));
    }
}

void InFlight::add_unanswered(std::uint64_t due, Nanoseconds end, metrics::Histogram& latency) const {
    for (const Range& lost : lost_) add_waits(lost, end, latency);
    add_waits({done_, due - std::min(due, done_)}, end, latency);
}

}  // namespace station::hammer
