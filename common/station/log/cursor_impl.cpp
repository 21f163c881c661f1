#include "cursor_impl.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

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
        const bool opened = !open_file();
        const auto decoded = opened ? window_.decode(*file_, at_, end, record) : Decoded::invalid;
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
        if (const auto error = open_file()) return error;
        while (at_ < end) {
            Record record;
            const auto decoded = window_.decode(*file_, at_, end, record);
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
    const auto gap = find_gap(*file_, window_, at_, end, expected_);
    if (!gap || !gap->record_behind) return false;
    Record behind;
    const auto decoded = window_.decode(*file_, gap->to, end, behind);
    if (!decoded || *decoded != Decoded::ok) return false;
    const bool wanted_first = target.by == Target::By::offset && behind.offset == target.offset;
    if (!wanted_first && !target.before(behind.offset, behind.time, behind.id)) return false;
    at_ = gap->to;
    expected_.offset = gap->next_offset;
    return true;
}

std::error_code Cursor::Impl::open_file() {
    if (file_ != nullptr) return {};
    auto file = segment_->file();
    if (!file) return file.error();
    file_ = std::move(*file);
    return {};
}

bool Cursor::Impl::next_segment() {
    if (!segment_->sealed() || at_ < segment_->end()) return false;
    auto next = entry_->state.segments.after(*segment_);
    if (next == nullptr) return false;
    segment_ = std::move(next);
    file_.reset();
    window_.leave();
    at_ = kSegmentHeaderSize;
    if (segment_->base_offset() > expected_.offset) {
        meet({at_, at_, expected_.offset, segment_->base_offset(), true}, "events are missing before this segment");
    }
    return true;
}

void Cursor::Impl::meet(const Gap& gap, std::string_view reason) {
    gap_ = gap;
    damage_ = {segment_->path().string(), gap.from,        gap.to,
               gap.first_offset,          gap.next_offset, std::string{reason}};
}

tl::expected<Cursor::Batch, std::error_code> Cursor::Impl::poll(const Limits& limits) {
    events_.clear();
    window_.release();
    batch_bytes_ = 0;
    if (cancelled_.exchange(false)) return tl::unexpected(make_error_code(Errc::cancelled));
    if (gap_) return tl::unexpected(make_error_code(Errc::damaged));
    const std::error_code ended = ending();  // before the look at what is there, which may be the last of it
    if (segment_ == nullptr) segment_ = entry_->state.segments.first();
    if (segment_ == nullptr) return ended ? tl::expected<Batch, std::error_code>{tl::unexpected(ended)} : Batch{};
    do {
        if (gap_) {
            if (events_.empty()) return tl::unexpected(make_error_code(Errc::damaged));
            break;
        }
        const std::uint64_t end = segment_->end();
        if (at_ < end) {
            try {
                if (const auto error = read(end, limits)) {
                    if (events_.empty()) return tl::unexpected(error);
                    break;
                }
            } catch (const std::bad_alloc&) {
                if (events_.empty()) throw;
                break;
            }
        }
        if (!events_.empty() && (events_.size() >= limits.events || batch_bytes_ >= limits.bytes)) break;
    } while (next_segment());
    if (events_.empty() && ended && !anything_new()) return tl::unexpected(ended);
    return Batch{events_};
}

std::error_code Cursor::Impl::read(std::uint64_t end, const Limits& limits) {
    if (const auto error = open_file()) return error;
    std::size_t wanted = kRecordOverhead;
    while (at_ < end && events_.size() < limits.events && (events_.empty() || batch_bytes_ < limits.bytes)) {
        const auto seen = window_.bytes(*file_, at_, end, wanted);
        if (!seen) return seen.error();
        std::size_t used = 0;
        wanted = kRecordOverhead;
        while (used < seen->size() && events_.size() < limits.events &&
               (events_.empty() || batch_bytes_ < limits.bytes)) {
            Record record;
            const Decoded decoded = decode_record(seen->subspan(used), record, wanted);
            if (decoded == Decoded::incomplete && wanted <= end - at_) break;
            if (decoded != Decoded::ok || record.offset != expected_.offset) return meet_damage(end);
            const std::size_t size = record.size();
            if (skip_before_ && !skip_before_->before(record.offset, record.time, record.id)) skip_before_.reset();
            if (!skip_before_) {
                events_.push_back(record);  // first: where there is no memory for it, it is not passed by
                batch_bytes_ += size;
            }
            used += size;
            at_ += size;
            expected_.advance(record);
        }
    }
    return {};
}

std::error_code Cursor::Impl::meet_damage(std::uint64_t end) {
    if (!events_.empty()) return Errc::damaged;  // first what comes before it
    const auto gap = find_gap(*file_, window_, at_, end, expected_);
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

// What to say where nothing is left to read.
std::error_code Cursor::Impl::ending() const {
    switch (entry_->state.condition.load(std::memory_order_acquire)) {
        case Condition::failed: return Errc::topic_failed;
        case Condition::closed: return Errc::closed;
        default: return {};
    }
}

bool Cursor::Impl::anything_new() const {
    if (segment_ == nullptr) return !entry_->state.segments.empty();
    return at_ < segment_->end() || (segment_->sealed() && entry_->state.segments.after(*segment_) != nullptr);
}

void Cursor::Impl::CursorWaiter::wake() noexcept {
    if (ready) {
        std::exchange(ready, {})();
        return;
    }
    const std::lock_guard lock{mutex};
    woken = true;
    changed.notify_one();
}

void Cursor::Impl::cancel() {
    cancelled_.store(true);
    entry_->state.waiters.wake(waiter_);
}

void Cursor::Impl::wait(std::function<void()> ready) {
    waiter_.ready = std::move(ready);
    entry_->state.waiters.add(waiter_);
    if (anything_new() || cancelled_.load() || ending()) entry_->state.waiters.wake(waiter_);
}

bool Cursor::Impl::stop_waiting() { return entry_->state.waiters.remove(waiter_); }

bool Cursor::Impl::sleep_until(const std::optional<std::chrono::steady_clock::time_point>& deadline) {
    waiter_.ready = {};
    waiter_.woken = false;
    entry_->state.waiters.add(waiter_);
    if (anything_new() || cancelled_.load() || ending()) {
        entry_->state.waiters.remove(waiter_);
        return true;
    }
    std::unique_lock lock{waiter_.mutex};
    const auto woken = [this] { return waiter_.woken; };
    if (!deadline) {
        waiter_.changed.wait(lock, woken);
        return true;
    }
    if (waiter_.changed.wait_until(lock, *deadline, woken)) return true;
    lock.unlock();
    return !entry_->state.waiters.remove(waiter_);
}

}  // namespace station::log
