#include <algorithm>
#include <bit>
#include <station/log/detail/topic_state.hpp>

namespace station::log {

void TopicCounters::record_group(std::uint64_t group_events) {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    // The bounds are the powers of two: 1 is in bucket 0, 2 in 1, 3 and 4 in 2.
    const auto power = static_cast<std::size_t>(std::bit_width(group_events - 1));
    group_buckets[std::min(power, TopicStats::kGroupBounds.size())].fetch_add(1, kRelaxed);
    groups.fetch_add(1, kRelaxed);
}

void TopicCounters::record_sync(std::chrono::nanoseconds took, std::uint64_t covered) {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    const double seconds = static_cast<double>(took.count()) / 1e9;
    const auto& bounds = TopicStats::kSyncBounds;
    const auto bucket =
        static_cast<std::size_t>(std::lower_bound(bounds.begin(), bounds.end(), seconds) - bounds.begin());
    sync_buckets[bucket].fetch_add(1, kRelaxed);
    syncs.fetch_add(1, kRelaxed);
    synced_events.fetch_add(covered, kRelaxed);
    sync_nanos.fetch_add(static_cast<std::uint64_t>(took.count()), kRelaxed);
}

}  // namespace station::log
