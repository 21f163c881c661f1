#include <loadgen/hammer/series.hpp>

#include <algorithm>

namespace station::hammer {

void Series::add(std::size_t index, Nanoseconds end, const Slice& slice) {
    const metrics::Histogram& latency = open_loop_ ? slice.latency : slice.from_sending;
    const std::lock_guard lock{mutex_};
    while (settled_ + pending_.size() <= index) pending_.emplace_back();
    Pending& pending = pending_[index - settled_];
    pending.sample.at = std::max(pending.sample.at, end);
    pending.sample.sent += slice.sent;
    pending.sample.replies += slice.replies;
    pending.sample.open += slice.open;
    pending.latency.merge(latency);
    ++pending.threads;

    total_.sent += slice.sent;
    total_.replies += slice.replies;
    total_.missing += slice.missing;
    total_.unexpected += slice.unexpected;
    total_.latency.merge(latency);
    total_.from_sending.merge(slice.from_sending);
    settle();
}

void Series::leave(std::size_t index) {
    const std::lock_guard lock{mutex_};
    left_.push_back(index);
    settle();
}

std::size_t Series::awaited(std::size_t index) const {
    const auto gone = std::count_if(left_.begin(), left_.end(), [&](std::size_t first) { return first <= index; });
    return threads_ - static_cast<std::size_t>(gone);
}

void Series::settle() {
    while (!pending_.empty() && pending_.front().threads >= awaited(settled_)) settle_front();
}

void Series::settle_front() {
    Pending& front = pending_.front();
    front.sample.measured = front.latency.count();
    front.sample.p50 = front.latency.percentile(50);
    front.sample.p99 = front.latency.percentile(99);
    total_.series.push_back(front.sample);
    pending_.pop_front();
    ++settled_;
}

Sample Series::so_far() const {
    const std::lock_guard lock{mutex_};
    Sample now = total_.series.empty() ? Sample{} : total_.series.back();
    now.sent = total_.sent;
    now.replies = total_.replies;
    return now;
}

void Series::finish(Result& result) {
    const std::lock_guard lock{mutex_};
    result = std::move(total_);
}

}  // namespace station::hammer
