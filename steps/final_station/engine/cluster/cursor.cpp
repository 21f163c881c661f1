#include "cursor.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

#include "engine/jetstream/search.hpp"
#include "topic.hpp"

namespace station::engine {

ClusterCursor::ClusterCursor(std::shared_ptr<ClusterTopic> topic, const log::StartFrom& from)
    : topic_(std::move(topic)), from_now_(!from.target()) {
    if (from.target()) from_ = *from.target();
    if (from_.by == log::Target::By::offset && from_.exclusive) {
        from_.exclusive = false;
        if (from_.offset != std::numeric_limits<std::uint64_t>::max()) ++from_.offset;
    }
    topic_->cursor_comes();
}

ClusterCursor::~ClusterCursor() {
    stop_waiting();
    topic_->cursor_goes();
}

std::error_code ClusterCursor::locate() try {
    if (located_) return {};
    const std::error_code error = in_words(find_place());
    if (error) {
        topic_->read_failed();
    } else {
        located_ = true;
    }
    return error;
} catch (const std::bad_alloc&) {
    return std::make_error_code(std::errc::not_enough_memory);
}

std::error_code ClusterCursor::find_place() {
    if (const auto over = topic_->end_reason()) return over;
    const auto stream = jetstream::stream_state(*topic_->connection(), topic_->name());
    if (!stream) return stream.error().code;
    topic_->seen(*stream);
    start_.first_offset = stream->first_offset();
    start_.next_offset = topic_->next_offset();
    log::Target place = from_;
    if (from_now_) place.offset = start_.next_offset;
    if (place.by == log::Target::By::offset) {
        start_.from_offset = std::max(place.offset, start_.first_offset);
        start_.complete = place.offset >= start_.first_offset;
        position_ = std::min(start_.from_offset, start_.next_offset);
        if (position_ < start_.from_offset) skip_ = place;
        return {};
    }
    const auto found = jetstream::find(*topic_->connection(), topic_->name(), *stream, place);
    if (!found) return found.error().code;
    position_ = start_.from_offset = found->offset;
    start_.matched = found->matched;
    start_.complete = start_.first_offset == 0 || found->offset > start_.first_offset;
    skip_ = place;
    return {};
}

std::uint64_t ClusterCursor::lag() const {
    const std::uint64_t next = topic_->next_offset();
    return next > position_ ? next - position_ : 0;
}

tl::expected<ClusterCursor::Batch, std::error_code> ClusterCursor::poll(const Limits& limits) {
    if (!located_) {
        if (!limits.may_wait) return tl::unexpected(make_error_code(log::Errc::not_in_memory));
        if (const auto error = locate()) return tl::unexpected(error);
    }
    do {
        Block got;
        if (!fill(got)) {
            if (!got) return tl::unexpected(in_words(got.error()));
            return Batch{};
        }
    } while (!skip());
    const std::uint64_t next = block_->events[at_].offset;
    if (next > position_) {
        lost_ = {position_, next};
        position_ = next;
        return tl::unexpected(make_error_code(log::Errc::retained));
    }
    return take(limits);
}

bool ClusterCursor::fill(Block& got) {
    while (block_ == nullptr || at_ == block_->events.size()) {
        block_ = nullptr;
        got = next_block();
        if (!got || *got == nullptr) return false;
        block_ = *got;
        const auto first = std::ranges::lower_bound(block_->events, position_, {}, &log::Record::offset);
        at_ = static_cast<std::size_t>(first - block_->events.begin());
    }
    return true;
}

bool ClusterCursor::skip() {
    while (skip_ && at_ < block_->events.size()) {
        const log::Record& event = block_->events[at_];
        if (!skip_->before(event.offset, event.time, event.id)) {
            skip_.reset();
            position_ = event.offset;
            break;
        }
        position_ = event.offset + 1;
        ++at_;
    }
    return at_ < block_->events.size();
}

// Up to the next hole, which is told before what is behind it.
ClusterCursor::Batch ClusterCursor::take(const Limits& limits) {
    const auto& events = block_->events;
    const std::size_t first = at_;
    std::size_t bytes = 0;
    do {
        bytes += events[at_].size();
        position_ = events[at_].offset + 1;
        ++at_;
    } while (at_ < events.size() && at_ - first < limits.events && bytes + events[at_].size() <= limits.bytes &&
             events[at_].offset == position_);
    return Batch{events}.subspan(first, at_ - first);
}

ClusterCursor::Block ClusterCursor::next_block() {
    if (const auto over = topic_->end_reason()) return tl::unexpected(over);
    if (feed_ == nullptr && reader_ == nullptr) {
        if (position_ >= topic_->next_offset()) {
            feed_ = topic_->feed(position_);
        } else {
            begin_reading();
        }
    }
    return feed_ != nullptr ? look_live() : read_behind();
}

ClusterCursor::Block ClusterCursor::look_live() {
    const Feed::Look look = feed_->look(position_);
    if (look.behind) {
        feed_.reset();
        begin_reading();
        return read_behind();
    }
    if (look.block == nullptr && look.over) {
        const auto reason = topic_->end_reason();
        return tl::unexpected(reason ? reason : make_error_code(log::Errc::topic_deleted));
    }
    return look.block;
}

ClusterCursor::Block ClusterCursor::read_behind() {
    auto feed = topic_->present_feed();
    if (feed == nullptr || position_ < feed->begin()) {
        const Block block = reader_->poll();
        if (!block || *block != nullptr || position_ < reader_->next_offset()) return block;
        feed = topic_->feed(position_);
        if (position_ < feed->begin()) return block;
    }
    reader_.reset();
    feed_ = std::move(feed);
    return look_live();
}

void ClusterCursor::begin_reading() {
    reader_ =
        std::make_unique<jetstream::Reader>(topic_->connection(), topic_->name(), topic_->stream_now(), position_);
}

void ClusterCursor::go_on_at(const Place& place) {
    position_ = *static_cast<const std::uint64_t*>(place.get());
    block_ = nullptr;  // the feed knows where it goes on
}

// What a reader of its own has given comes only once.
void ClusterCursor::release() {
    if (block_ == nullptr || (reader_ != nullptr && at_ < block_->events.size())) return;
    block_ = nullptr;
}

void ClusterCursor::wait(std::function<void()> ready) {
    if (feed_ != nullptr) {
        ticket_ = feed_->wait(position_, std::move(ready));
    } else if (reader_ != nullptr) {
        reader_->wait(std::move(ready));
    } else {
        ready();
    }
}

bool ClusterCursor::stop_waiting() {
    if (feed_ != nullptr) return feed_->stop_waiting(ticket_);
    return reader_ != nullptr && reader_->stop_waiting();
}

}  // namespace station::engine
