#include "reader_impl.hpp"

#include <algorithm>
#include <station/base/numbers.hpp>
#include <utility>

#include "api.hpp"

namespace station::jetstream {
namespace {

constexpr std::chrono::milliseconds kCreatedWithin{2000};
constexpr std::chrono::milliseconds kHeartbeat{1000};
constexpr std::chrono::milliseconds kLostAfter{2500};  // after which it is taken for lost
constexpr std::chrono::seconds kExpires{30};           // a question; it is asked again
constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::milliseconds kLongestPause{500};
// Bytes that are asked for at once, and may wait for poll(): who takes them all gets twice as many the next time.
constexpr std::size_t kFirstWindow = std::size_t{64} << 10;
constexpr std::size_t kLargestWindow = std::size_t{1} << 20;
constexpr std::size_t kMaxBatch = 4096;
constexpr std::size_t kFirstGuess = 4096;  // bytes of an event, before one was seen

std::size_t bytes_of(const EventBlock& block) { return block.bytes.size() + block.events.size() * sizeof(log::Record); }

}  // namespace

Reader::Impl::Impl(std::shared_ptr<Connection> connection, std::string_view topic, const StreamState& stream,
                   std::uint64_t offset)
    : connection_(std::move(connection)),
      stream_(stream_of(connection_->config().prefix, topic)),
      base_(stream.base),
      token_(connection_->loop()->new_token()),
      inbox_(connection_->loop()->inbox() + "." + token_),
      window_(kFirstWindow),
      next_offset_(stream.next_offset()),
      position_(std::max(offset, stream.base)),
      next_(stream.sequence(offset)),
      event_size_(kFirstGuess) {}

void Reader::Impl::begin() {
    connection_->loop()->add(token_, weak_from_this());
    connection_->loop()->wake(shared_from_this());
}

void Reader::Impl::close() {
    stop_waiting();
    is_closed_.store(true, std::memory_order_release);
    connection_->loop()->wake(shared_from_this());
}

tl::expected<EventBlockPointer, std::error_code> Reader::Impl::poll() {
    EventBlockPointer block;
    bool goes_on = false;
    {
        const std::lock_guard lock{mutex_};
        if (blocks_.empty()) {
            if (is_over_) return tl::unexpected(make_error_code(Errc::no_stream));
            return nullptr;
        }
        block = std::move(blocks_.front());
        blocks_.pop_front();
        waiting_bytes_ -= bytes_of(*block);
        goes_on = is_held_ && waiting_bytes_ < window_;
        if (goes_on) is_held_ = false;
    }
    position_.store(block->next_offset(), std::memory_order_relaxed);
    if (goes_on) connection_->loop()->wake(shared_from_this());
    return block;
}

void Reader::Impl::wait(std::function<void()> ready) {
    {
        const std::lock_guard lock{mutex_};
        if (blocks_.empty() && !is_over_) {
            ready_ = std::move(ready);
            return;
        }
    }
    ready();
}

bool Reader::Impl::stop_waiting() {
    const std::lock_guard lock{mutex_};
    return std::exchange(ready_, nullptr) != nullptr;
}

void Reader::Impl::restart(Clock::time_point now, std::chrono::milliseconds pause) {
    forget_consumer();
    ++generation_;
    state_ = State::pausing;
    deadline_ = now + pause;
    if (pause.count() == 0) create(now);
}

void Reader::Impl::create(Clock::time_point now) {
    state_ = State::creating;
    deadline_ = now + kCreatedWithin;
    const auto failed = send(*connection_, "$JS.API.CONSUMER.CREATE." + stream_,
                             inbox_ + ".c." + std::to_string(generation_), consumer_config(stream_, next_));
    if (failed) restart(now, kFirstPause);
}

void Reader::Impl::created(std::string_view body, Clock::time_point now) {
    auto name = parse_consumer(body);
    if (!name) {
        if (name.error().code == Errc::no_stream) return end();
        return restart(now, std::min(kFirstPause * (1U << std::min(failures_++, 8U)), kLongestPause));
    }
    failures_ = 0;
    consumer_ = std::move(*name);
    connection_->loop()->route(consumer_, weak_from_this());
    delivery_ = 0;
    asked_ = 0;
    state_ = State::reading;
    ask_for_more(now);
}

std::size_t Reader::Impl::batch() const { return std::clamp(window_ / event_size_, std::size_t{1}, kMaxBatch); }

bool Reader::Impl::may_ask() {
    const std::lock_guard lock{mutex_};
    if (blocks_.empty() && has_asked_) window_ = std::min(2 * window_, kLargestWindow);
    is_held_ = waiting_bytes_ >= window_;
    return !is_held_;
}

void Reader::Impl::ask_for_more(Clock::time_point now) {
    if (state_ != State::reading || asked_ > 0 || !may_ask()) return;
    has_asked_ = true;
    asked_ = batch();
    deadline_ = now + kLostAfter;
    const auto nanos = [](auto time) { return std::to_string(std::chrono::nanoseconds{time}.count()); };
    // The size is the bound for events that are larger than those before; the largest one must fit.
    const std::size_t most = 2 * std::max(kLargestWindow, connection_->max_payload());
    const std::string question = R"({"batch":)" + std::to_string(asked_) + R"(,"max_bytes":)" + std::to_string(most) +
                                 R"(,"expires":)" + nanos(kExpires) + R"(,"idle_heartbeat":)" + nanos(kHeartbeat) + "}";
    const auto failed = send(*connection_, "$JS.API.CONSUMER.MSG.NEXT." + stream_ + "." + consumer_,
                             inbox_ + ".m." + std::to_string(generation_), question);
    if (failed) restart(now, kFirstPause);
}

void Reader::Impl::arrived(const natsMsg& message, std::string_view what) {
    const auto now = Clock::now();
    const char* const reply = natsMsg_GetReply(&message);
    if (const auto place = reply == nullptr ? std::nullopt : parse_place(reply)) return took(*place, message, now);
    const std::string_view kind = next_token(what);
    if (base::parse_number<std::uint64_t>(what) != generation_) return;
    if (kind == "c" && state_ == State::creating) created(body_of(message), now);
    if (kind == "m" && state_ == State::reading) told(message, now);
}

void Reader::Impl::took(const Place& place, const natsMsg& message, Clock::time_point now) {
    if (state_ != State::reading || place.consumer != consumer_) return;
    if (place.delivery != delivery_ + 1) return restart(now, {});
    delivery_ = place.delivery;
    deadline_ = now + kLostAfter;
    if (asked_ > 0) --asked_;
    next_offset_.store(place.sequence + place.pending + base_, std::memory_order_release);
    if (place.sequence < next_) return;
    next_ = place.sequence + 1;
    fields_of(message, fields_);
    const std::string_view payload = body_of(message);
    event_size_ = (event_size_ * 15 + payload.size() + 256) / 16;
    builder_.add(place.sequence - 1 + base_, decode(fields_, place.sequence, place.time), payload);
    if (builder_.is_full()) hand_out();
}

// A status: a sign of life, or the end of the question that is open.
void Reader::Impl::told(const natsMsg& message, Clock::time_point now) {
    const std::string_view status = status_of(message);
    deadline_ = now + kLostAfter;
    if (status == "100") return;
    // 404 and 408: nothing, or its time is over. 409: too large, or the consumer has gone, which asking again tells.
    if (status == "404" || status == "408") {
        asked_ = 0;
    } else {
        restart(now, kFirstPause);
    }
}

void Reader::Impl::hand_out() {
    if (builder_.empty()) return;
    std::function<void()> ready;
    EventBlockPointer block = builder_.take();
    {
        const std::lock_guard lock{mutex_};
        waiting_bytes_ += bytes_of(*block);
        blocks_.push_back(std::move(block));
        ready = std::exchange(ready_, nullptr);
    }
    if (ready) ready();
}

void Reader::Impl::end() {
    state_ = State::gone;
    std::function<void()> ready;
    {
        const std::lock_guard lock{mutex_};
        is_over_ = true;
        ready = std::exchange(ready_, nullptr);
    }
    if (ready) ready();
}

// It would go by itself after a while.
void Reader::Impl::forget_consumer() {
    if (consumer_.empty()) return;
    static_cast<void>(send(*connection_, "$JS.API.CONSUMER.DELETE." + stream_ + "." + consumer_, inbox_ + ".d", ""));
    connection_->loop()->unroute(consumer_);
    consumer_.clear();
}

void Reader::Impl::settled(Clock::time_point now) {
    if (is_closed_.load(std::memory_order_acquire)) {
        forget_consumer();
        state_ = State::gone;
        return;
    }
    hand_out();
    if (state_ == State::pausing && generation_ == 0) restart(now, {});
    ask_for_more(now);
}

void Reader::Impl::tick(Clock::time_point now) {
    if (state_ == State::gone || now < deadline_) return;
    if (state_ == State::pausing) return create(now);
    if (state_ == State::reading && asked_ == 0) return;
    restart(now, state_ == State::creating ? kFirstPause : std::chrono::milliseconds{0});
}

void Reader::Impl::reconnected() {
    if (state_ != State::gone) restart(Clock::now(), {});
}

}  // namespace station::jetstream
