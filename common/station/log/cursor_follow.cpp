// How a cursor follows the log: it reads up to the watermark, segment after segment, and sleeps there. Replaying and
// following live are the same loop, so there is no seam between them where an event could be lost or come twice.
//
// Two orders matter. A sealed segment is left only when all before its end was read, and `sealed` is looked at before
// `end`: once sealed, a segment's end no longer moves. And who goes to sleep puts itself on the list of those to be
// woken first, and looks for news then: what comes in between is either seen or wakes it.
#include <algorithm>
#include <limits>
#include <new>
#include <station/log/detail/cursor_impl.hpp>
#include <utility>

namespace station::log {

// What to say where nothing is left to read.
std::error_code Cursor::Impl::ending() const {
    switch (entry_->state.condition.load(std::memory_order_acquire)) {
        case Condition::failed:
        case Condition::unreadable: return Errc::topic_failed;
        case Condition::closed: return Errc::closed;
        case Condition::deleted: return Errc::topic_deleted;
        default: return {};
    }
}

bool Cursor::Impl::anything_new() const {
    if (segment_ == nullptr) return !entry_->state.segments.empty();
    return at_ < segment_->end() || (segment_->sealed() && entry_->state.segments.after(*segment_) != nullptr);
}

// What has gone by retention is told before what is behind it.
std::error_code Cursor::Impl::read(std::uint64_t end, const Limits& limits) {
    std::error_code error;
    while (!lost_some_) {
        error = read_segment(end, limits);
        if (!error || !events_.empty() || !left_behind(error)) return error;
        end = segment_->end();
    }
    if (events_.empty()) lost_some_ = false;
    return Errc::retained;
}

std::error_code Cursor::Impl::read_segment(std::uint64_t end, const Limits& limits) try {
    constexpr std::uint64_t kHot = std::uint64_t{256} << 10;  // written last, or read by recovery: it is in memory
    window_.hot_from(segment_->sealed() ? std::numeric_limits<std::uint64_t>::max() : end - std::min(end, kHot));
    std::size_t wanted = kRecordOverhead;
    while (at_ < end && events_.size() < limits.events && (events_.empty() || batch_bytes_ < limits.bytes)) {
        const auto seen = window_.bytes(*segment_, at_, end, wanted);
        if (!seen) return seen.error();
        std::size_t used = 0;
        wanted = kRecordOverhead;
        while (used < seen->size() && events_.size() < limits.events &&
               (events_.empty() || batch_bytes_ < limits.bytes)) {
            // Decoded where it stays: a copy of what was stored a moment ago waits for the stores (a seventh of a
            // replay's time). First of all: where there is no memory for it, it is not passed by.
            Record& record = events_.emplace_back();
            const Decoded decoded = decode_record(seen->subspan(used), record, wanted);
            if (decoded != Decoded::ok || record.offset != expected_.offset) {
                events_.pop_back();
                if (decoded == Decoded::incomplete && wanted <= end - at_) break;
                return meet_damage(end);
            }
            const std::size_t size = record.size();
            used += size;
            at_ += size;
            expected_.advance(record);
            if (skip_before_ && !skip_before_->before(record.offset, record.time, record.id)) skip_before_.reset();
            if (skip_before_) {
                events_.pop_back();
            } else {
                batch_bytes_ += size;
            }
        }
    }
    return {};
} catch (const std::bad_alloc&) {
    if (events_.empty()) throw;
    return std::make_error_code(std::errc::not_enough_memory);  // first what there was memory for
}

bool Cursor::Impl::next_segment() {
    if (!segment_->sealed() || at_ < segment_->end()) return false;
    auto next = entry_->state.segments.after(*segment_);
    if (next == nullptr) return false;
    segment_ = std::move(next);
    window_.leave();
    at_ = kSegmentHeaderSize;
    if (segment_->base_offset() > expected_.offset) {
        meet({{at_, at_, expected_.offset, segment_->base_offset()}, true}, "events are missing before this segment");
    }
    return true;
}

tl::expected<Cursor::Batch, std::error_code> Cursor::Impl::read_on(const Limits& limits) {
    events_.clear();
    window_.release();
    batch_bytes_ = 0;
    if (cancelled_.exchange(false)) return tl::unexpected(make_error_code(Errc::cancelled));
    if (gap_) return tl::unexpected(make_error_code(Errc::damaged));
    if (std::exchange(lost_some_, false)) return tl::unexpected(make_error_code(Errc::retained));
    const std::error_code ended = ending();  // before the look at what is there, which may be the last of it
    if (ended == Errc::topic_deleted) return tl::unexpected(ended);
    if (segment_ == nullptr) segment_ = entry_->state.segments.first();
    if (segment_ == nullptr) return ended ? tl::expected<Batch, std::error_code>{tl::unexpected(ended)} : Batch{};
    do {
        if (gap_) {
            if (events_.empty()) return tl::unexpected(make_error_code(Errc::damaged));
            break;
        }
        const std::uint64_t end = segment_->end();
        if (at_ < end) {
            if (const auto error = read(end, limits)) {
                if (events_.empty()) return tl::unexpected(error);
                break;
            }
        }
        if (!events_.empty() && (events_.size() >= limits.events || batch_bytes_ >= limits.bytes)) break;
    } while (next_segment());
    if (events_.empty() && std::exchange(lost_some_, false)) return tl::unexpected(make_error_code(Errc::retained));
    if (events_.empty() && ended && !anything_new()) return tl::unexpected(ended);
    return Batch{events_};
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
