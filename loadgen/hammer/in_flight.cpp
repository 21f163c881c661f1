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

}  // namespace station::hammer
