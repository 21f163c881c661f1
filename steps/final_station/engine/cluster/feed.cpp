#include "feed.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace station::engine {
namespace {

constexpr std::size_t kKeptBytes = std::size_t{8} << 20;  // of a topic that somebody follows

std::size_t weight(const jetstream::EventBlock& block) {
    return block.bytes.size() + block.events.size() * sizeof(log::Record);
}

}  // namespace

Feed::Feed(const std::shared_ptr<jetstream::Connection>& connection, std::string_view topic,
           const jetstream::StreamState& stream, std::uint64_t offset)
    : begin_(offset), end_(offset), reader_(connection, topic, stream, offset) {}

// On the loop, but for the first time. The reader may call back at once, and then what came is taken in from within.
void Feed::take_in() {
    Taken taken = Taken::block;
    while (taken == Taken::block) taken = take_block();
    if (taken == Taken::end) return;
    reader_.wait([weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->take_in();
    });
}

Feed::Taken Feed::take_block() {
    auto block = reader_.poll();
    if (!block) {
        end();
        return Taken::end;
    }
    if (*block == nullptr) return Taken::nothing;
    {
        const base::Lock lock{mutex_};
        keep(*std::move(block));
    }
    wake();
    return Taken::block;
}

// Without the memory to keep it, whoever wants it is behind.
void Feed::keep(jetstream::EventBlockPointer block) {
    const std::uint64_t next = block->next_offset();
    try {
        blocks_.push_back(block);
        bytes_ += weight(*block);
    } catch (const std::bad_alloc&) {
        blocks_.clear();
        bytes_ = 0;
        begin_ = next;
    }
    end_ = next;
    while (bytes_ > kKeptBytes && blocks_.size() > 1) {
        bytes_ -= weight(*blocks_.front());
        begin_ = blocks_.front()->next_offset();
        blocks_.pop_front();
    }
}

void Feed::wake() {
    std::map<Ticket, std::function<void()>> woken;
    {
        const base::Lock lock{mutex_};
        woken.swap(waiting_);
    }
    for (const auto& [ticket, ready] : woken) ready();
}

Feed::Look Feed::look(std::uint64_t offset) const {
    const base::Lock lock{mutex_};
    Look look;
    look.over = over_;
    look.behind = offset < begin_;
    if (look.behind || offset >= end_) return look;
    const auto found =
        std::ranges::upper_bound(blocks_, offset, {}, [](const auto& block) { return block->next_offset(); });
    if (found != blocks_.end()) look.block = *found;
    return look;
}

std::uint64_t Feed::begin() const {
    const base::Lock lock{mutex_};
    return begin_;
}

std::uint64_t Feed::next_offset() const { return reader_.next_offset(); }

Feed::Ticket Feed::wait(std::uint64_t offset, std::function<void()> ready) {
    {
        const base::Lock lock{mutex_};
        if (offset >= end_ && !over_) {
            waiting_.emplace(last_ticket_ + 1, std::move(ready));
            return ++last_ticket_;
        }
    }
    ready();
    return 0;
}

bool Feed::stop_waiting(Ticket ticket) {
    const base::Lock lock{mutex_};
    return waiting_.erase(ticket) > 0;
}

void Feed::end() {
    {
        const base::Lock lock{mutex_};
        over_ = true;
    }
    wake();
}

}  // namespace station::engine
