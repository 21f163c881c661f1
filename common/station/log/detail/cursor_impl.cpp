#include <station/log/detail/cursor_impl.hpp>

#include <algorithm>
#include <limits>
#include <new>
#include <station/base/assertion.hpp>
#include <utility>

namespace station::log {

Cursor::Impl::Impl(std::shared_ptr<TopicEntry> entry, const StartFrom& from, bool locate_now)
    : entry_(std::move(entry)) {
    TopicState& topic = entry_->state;
    topic.counters.cursors.fetch_add(1, std::memory_order_relaxed);
    start_.next_offset = topic.next_offset.load(std::memory_order_acquire);
    from_.offset = start_.next_offset;
    if (from.target()) from_ = *from.target();
    if (from_.by == Target::By::offset && from_.exclusive) {
        from_.exclusive = false;
        if (from_.offset != std::numeric_limits<std::uint64_t>::max()) ++from_.offset;
    }
    if (locate_now) locate();
}

Cursor::Impl::~Impl() {
    entry_->state.waiters.remove(waiter_);
    entry_->state.counters.cursors.fetch_sub(1, std::memory_order_relaxed);
}

std::error_code Cursor::Impl::locate() try {
    constexpr int kTries = 100;
    if (located_) return {};
    window_.may_wait(true);
    auto error = find_place();
    // The segment in which its place was has just gone: there is another one now.
    for (int tries = 0; error && segment_ != nullptr && tries < kTries; ++tries) {
        const auto gone = segment_;
        if (!left_behind(error)) break;
        error = segment_ == gone ? std::error_code{} : find_place();
        if (segment_ == gone) start_.from_offset = expected_.offset;
    }
    if (std::exchange(lost_some_, false)) start_.complete = false;
    if (error) {
        entry_->state.counters.read_errors.fetch_add(1, std::memory_order_relaxed);
    } else {
        located_ = true;
    }
    window_.clear();
    return error;
} catch (const std::bad_alloc&) {
    return std::make_error_code(std::errc::not_enough_memory);
}

std::error_code Cursor::Impl::find_place() {
    TopicState& topic = entry_->state;
    // Nothing of it was read: that is no end.
    const auto condition = topic.condition.load(std::memory_order_acquire);
    if (condition == Condition::unreadable) return topic.problem.code;
    if (condition == Condition::deleted) return Errc::topic_deleted;
    skip_before_ = from_;
    expected_ = {0, std::numeric_limits<std::int64_t>::min(), {}};
    // An event that was named is looked for itself, also for what is behind it: start() says whether it is there.
    Target place = from_;
    if (from_.by == Target::By::id) {
        place.exclusive = false;
        start_.matched = false;
    }
    const auto first = topic.segments.first();
    if (first == nullptr) return {};
    start_.first_offset = first->base_offset();
    segment_ = topic.segments.find(place);
    expected_.offset = segment_->base_offset();
    const auto floor = segment_->floor(place, window_);
    if (!floor) return floor.error();
    at_ = *floor;
    if (at_ != kSegmentHeaderSize) {
        Record record;
        const auto decoded = window_.decode(*segment_, at_, segment_->end(), record);
        if (!decoded) return decoded.error();
        if (*decoded == Decoded::ok) {
            expected_.offset = record.offset;
        } else {
            at_ = kSegmentHeaderSize;  // the index leads into damage: read up to it
        }
    }
    // Damage shows again, where poll() runs into it.
    if (const auto error = scan_to(place); error && error != Errc::damaged) return error;
    start_.from_offset = expected_.offset;
    if (skip_before_ && from_.by == Target::By::offset) start_.from_offset = std::max(expected_.offset, from_.offset);
    start_.complete = from_.by == Target::By::offset ? from_.offset >= start_.first_offset
                                                     : start_.first_offset == 0 || !first->begins_at_or_after(from_);
    return {};
}

void Cursor::Impl::step_over(const Record& record) {
    expected_.advance(record);
    at_ += record.size();
}

std::error_code Cursor::Impl::scan_to(const Target& target) {
    do {
        const std::uint64_t end = segment_->end();
        while (at_ < end) {
            Record record;
            const auto decoded = window_.decode(*segment_, at_, end, record);
            if (!decoded) return decoded.error();
            if (*decoded != Decoded::ok || record.offset != expected_.offset) {
                const auto passed = passes_gap(target, end);
                if (!passed) return passed.error();
                if (!*passed) return Errc::damaged;
                continue;
            }
            if (!target.before(record.offset, record.time, record.id)) {
                skip_before_.reset();
                if (target.by == Target::By::id) start_.matched = record.id == target.id;
                if (from_.exclusive && start_.matched.value_or(false)) step_over(record);
                return {};
            }
            step_over(record);
            window_.release();
        }
    } while (next_segment());
    // Everything that is there comes before the target; what the log gets next may not.
    return {};
}

// Damage that lies wholly before the target is no concern of this cursor.
Expected<bool> Cursor::Impl::passes_gap(const Target& target, std::uint64_t end) {
    const auto gap = segment_->gap_at(at_, end, expected_);
    if (!gap) return tl::unexpected(gap.error());
    if (!gap->record_behind) return false;
    Record behind;
    const auto decoded = window_.decode(*segment_, gap->to, end, behind);
    if (!decoded) return tl::unexpected(decoded.error());
    if (*decoded != Decoded::ok) return false;
    const bool wanted_first = target.by == Target::By::offset && behind.offset == target.offset;
    if (!wanted_first && !target.before(behind.offset, behind.time, behind.id)) return false;
    at_ = gap->to;
    expected_.offset = gap->next_offset;
    return true;
}

void Cursor::Impl::meet(const Gap& gap, std::string_view reason) {
    // Where the topic begins now, what is missing has gone by retention.
    const bool is_before_segment = gap.from == gap.to;
    if (is_before_segment && entry_->state.segments.first() == segment_) return pass_by(*segment_);
    gap_ = gap;
    damage_ = {gap, segment_->path().string(), std::string{reason}};
}

std::error_code Cursor::Impl::meet_damage(std::uint64_t end) {
    if (!events_.empty()) return Errc::damaged;  // first what comes before it
    if (!may_wait_) return Errc::not_in_memory;  // how far it goes, only a search can tell
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

// Where only retention can have removed the file. A reader beside the writer finds that out by itself.
bool Cursor::Impl::left_behind(std::error_code error) {
    if (error != std::errc::no_such_file_or_directory) return false;
    const bool beside = entry_->config.read_only;
    if (!segment_->retired() && beside) entry_->state.segments.drop_missing();
    if (!segment_->retired()) {
        if (!beside || !segment_->has_lost_its_file()) return false;
        // It is the last that this reader knows of: what comes behind it, it has yet to hear.
        window_.leave();
        at_ = segment_->end();
        pass_by(segment_->next_offset(), false);
        return true;
    }
    segment_ = entry_->state.segments.first();
    window_.leave();
    at_ = kSegmentHeaderSize;
    pass_by(*segment_);
    return true;
}

void Cursor::Impl::pass_by(const Segment& first) {
    pass_by(first.base_offset(), skip_before_ && !first.begins_at_or_after(*skip_before_));
}

// Events that this cursor had still to read are missed; those before the place that it was to begin at are not.
void Cursor::Impl::pass_by(std::uint64_t to, bool all_before_place) {
    Lost lost{expected_.offset, to};
    if (lost.to <= lost.from) return;
    expected_.offset = lost.to;
    if (skip_before_ && skip_before_->by == Target::By::offset) {
        all_before_place = skip_before_->offset >= lost.to;
        lost.from = std::max(lost.from, skip_before_->offset);
    }
    if (all_before_place) return;
    // Several may go one after the other before anybody asks.
    lost_ = {lost_some_ ? lost_.from : lost.from, lost.to};
    lost_some_ = true;
}

tl::expected<Cursor::Batch, std::error_code> Cursor::Impl::poll(const Limits& limits) try {
    if (brought_in_) return *std::exchange(brought_in_, std::nullopt);
    may_wait_ = limits.may_wait;
    if (!may_wait_ && !located_) return tl::unexpected(make_error_code(Errc::not_in_memory));
    if (const auto error = locate()) return tl::unexpected(error);
    window_.may_wait(may_wait_);
    auto batch = read_on(limits);
    if (!batch || batch->empty()) release();
    // Errors of the log's own are answers; those of the system are reads that failed.
    if (!batch && batch.error().category() != log_category()) {
        entry_->state.counters.read_errors.fetch_add(1, std::memory_order_relaxed);
    }
    return batch;
} catch (const std::bad_alloc&) {
    release();
    entry_->state.counters.read_errors.fetch_add(1, std::memory_order_relaxed);
    return tl::unexpected(std::make_error_code(std::errc::not_enough_memory));
}

// What was brought in has not been given to anybody yet.
std::uint64_t Cursor::Impl::position() const {
    const bool holds_some = brought_in_ && *brought_in_ && !(*brought_in_)->empty();
    return holds_some ? (*brought_in_)->front().offset : expected_.offset;
}

void Cursor::Impl::bring_in(const Limits& limits) {
    Limits waiting = limits;
    waiting.may_wait = true;
    auto batch = poll(waiting);
    brought_in_ = std::move(batch);
}

// The list of what was shown may have grown large: a cursor that sleeps keeps only what one event needs.
void Cursor::Impl::release() {
    constexpr std::size_t kKept = 8;
    brought_in_.reset();
    window_.clear();
    events_.clear();
    if (events_.capacity() > kKept) events_ = {};
}

bool Cursor::Impl::has_place() const {
    return located_ && segment_ != nullptr && !gap_ && !lost_some_ && !skip_before_ && !brought_in_ &&
           !cancelled_.load(std::memory_order_relaxed);
}

std::shared_ptr<const Cursor::Place> Cursor::Impl::place() const {
    return has_place() ? std::make_shared<Place>(segment_, at_, expected_) : nullptr;
}

void Cursor::Impl::go_on_at(const Place& place) {
    STATION_ASSERT(has_place() && place.expected.offset >= expected_.offset);
    events_.clear();
    window_.release();
    if (place.segment != segment_) window_.leave();
    segment_ = place.segment;
    at_ = place.at;
    expected_ = place.expected;
}

void Cursor::Impl::skip_damage() {
    if (!gap_) return;
    at_ = gap_->to;
    expected_.offset = gap_->next_offset;
    gap_.reset();
}

}  // namespace station::log
