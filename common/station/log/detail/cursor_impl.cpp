#include <station/log/detail/cursor_impl.hpp>

#include <algorithm>
#include <limits>

namespace station::log {

Cursor::Impl::Impl(std::shared_ptr<TopicEntry> entry, const StartFrom& from) : entry_(std::move(entry)) {
    entry_->state.counters.cursors.fetch_add(1, std::memory_order_relaxed);
    locate(from);
}

Cursor::Impl::~Impl() {
    entry_->state.waiters.remove(waiter_);
    entry_->state.counters.cursors.fetch_sub(1, std::memory_order_relaxed);
}

void Cursor::Impl::locate(const StartFrom& from) {
    TopicState& topic = entry_->state;
    start_.next_offset = topic.next_offset.load(std::memory_order_acquire);
    Target target;
    target.offset = start_.next_offset;
    if (from.target()) target = *from.target();
    if (target.by == Target::By::offset && target.exclusive) {
        target.exclusive = false;
        if (target.offset != std::numeric_limits<std::uint64_t>::max()) ++target.offset;
    }
    expected_.time = std::numeric_limits<std::int64_t>::min();
    const auto first = topic.segments.first();
    if (first == nullptr) {
        skip_before_ = target;
        return;
    }
    start_.first_offset = first->base_offset();
    segment_ = topic.segments.find(target);
    expected_.offset = segment_->base_offset();
    skip_before_ = target;
    at_ = segment_->floor(target);
    if (at_ != kSegmentHeaderSize) {
        Record record;
        const std::uint64_t end = segment_->end();
        const auto decoded = window_.decode(*segment_, at_, end, record);
        if (decoded && *decoded == Decoded::ok) {
            expected_.offset = record.offset;
        } else {
            at_ = kSegmentHeaderSize;  // the index leads into damage: read up to it
        }
    }
    // Errors show again, where poll() runs into them.
    scan_to(target);
    start_.from_offset = expected_.offset;
    if (skip_before_ && target.by == Target::By::offset) start_.from_offset = std::max(expected_.offset, target.offset);
    start_.complete = target.by == Target::By::offset ? target.offset >= start_.first_offset
                                                      : start_.first_offset == 0 || !first->begins_at_or_after(target);
}

std::error_code Cursor::Impl::scan_to(const Target& target) {
    do {
        const std::uint64_t end = segment_->end();
        while (at_ < end) {
            Record record;
            const auto decoded = window_.decode(*segment_, at_, end, record);
            if (!decoded) return decoded.error();
            if (*decoded != Decoded::ok || record.offset != expected_.offset) {
                if (!passes_gap(target, end)) return Errc::damaged;
                continue;
            }
            if (!target.before(record.offset, record.time, record.id)) {
                skip_before_.reset();
                return {};
            }
            expected_.advance(record);
            at_ += record.size();
            window_.release();
        }
    } while (next_segment());
    // Everything that is there comes before the target; what the log gets next may not.
    return {};
}

// Damage that lies wholly before the target is no concern of this cursor.
bool Cursor::Impl::passes_gap(const Target& target, std::uint64_t end) {
    const auto gap = segment_->gap_at(at_, end, expected_);
    if (!gap || !gap->record_behind) return false;
    Record behind;
    const auto decoded = window_.decode(*segment_, gap->to, end, behind);
    if (!decoded || *decoded != Decoded::ok) return false;
    const bool wanted_first = target.by == Target::By::offset && behind.offset == target.offset;
    if (!wanted_first && !target.before(behind.offset, behind.time, behind.id)) return false;
    at_ = gap->to;
    expected_.offset = gap->next_offset;
    return true;
}

void Cursor::Impl::meet(const Gap& gap, std::string_view reason) {
    gap_ = gap;
    damage_ = {gap, segment_->path().string(), std::string{reason}};
}

std::error_code Cursor::Impl::meet_damage(std::uint64_t end) {
    if (!events_.empty()) return Errc::damaged;  // first what comes before it
    const auto gap = segment_->gap_at(at_, end, expected_);
    if (!gap) return gap.error();
    Gap met = *gap;
    if (!met.record_behind) {
        const auto next = entry_->state.segments.after(*segment_);
        met.to = end;
        met.next_offset = next ? next->base_offset() : segment_->next_offset();
    }
    meet(met, "no valid record");
    return Errc::damaged;
}

void Cursor::Impl::skip_damage() {
    if (!gap_) return;
    at_ = gap_->to;
    expected_.offset = gap_->next_offset;
    gap_.reset();
}

}  // namespace station::log
