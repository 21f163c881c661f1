#include "session.hpp"

#include <algorithm>
#include <cstring>
#include <station/net/sockets.hpp>
#include <utility>

#include "server/describe.hpp"

namespace station::final_station {
namespace {

constexpr std::size_t kMostAtOnce = std::size_t{256} << 10;        // bytes in one send
constexpr std::size_t kTurn = std::size_t{1} << 20;                // bytes sent before others get their turn
constexpr std::size_t kSlice = std::size_t{16} << 10;              // bytes taken in before the answers are looked at
constexpr std::size_t kMostInFlightBytes = std::size_t{16} << 20;  // of one connection
constexpr std::chrono::seconds kUnread{2};                         // for a client that does not read, at the end

}  // namespace

Session::Session(IoThread& thread, net::Socket socket, Door door)
    : thread_(thread),
      socket_(std::move(socket)),
      counted_(thread.station.counters, door),
      last_read_(Clock::now()),
      last_sent_(last_read_) {}

Session::~Session() {
    for (const auto& subscription : subscriptions_) subscription->end();
}

void Session::start(std::string_view first) {
    thread_.add(shared_from_this());
    guard([&] {
        take_in_slices(first);
        pump();
        wait_to_read();
    });
}

bool Session::overloaded() const {
    const Limits& limits = station().limits;
    return in_flight_ >= limits.max_in_flight || in_flight_bytes_ >= kMostInFlightBytes ||
           replies_.size() >= limits.max_in_flight || unsent_.size() - unsent_at_ >= limits.max_unread;
}

void Session::wait_to_read() {
    if (reading_ || phase_ == Phase::answering || phase_ == Phase::ended) return;
    if (phase_ == Phase::open && overloaded()) return;
    reading_ = true;
    if (!left_over_.empty()) {
        asio::post(thread_.io, [self = shared_from_this()] { self->guard([&] { self->take_in_left_over(); }); });
        return;
    }
    // Reads a little where a wait would only say that there is something: most requests need no second system call, and
    // Asio none to wait again. What does not fit goes straight into the thread's buffer.
    socket_.async_read_some(asio::buffer(first_bytes_),
                            [self = shared_from_this()](std::error_code error, std::size_t bytes) {
                                self->reading_ = false;
                                self->guard([&] { self->read(error, bytes); });
                            });
}

void Session::read(std::error_code error, std::size_t bytes) {
    if (phase_ == Phase::ended) return;
    if (error) {
        if (error == asio::error::eof && phase_ != Phase::lingering) return end_of_input();
        return end();
    }
    std::string_view input{first_bytes_.data(), bytes};
    if (bytes == first_bytes_.size()) {
        std::memcpy(thread_.input.data(), first_bytes_.data(), bytes);
        bytes += socket_.read_some(asio::buffer(thread_.input) + bytes, error);
        input = {thread_.input.data(), bytes};
    }
    if (phase_ == Phase::answering) return;  // what comes after the end is not for us
    station().counters.bytes_in.fetch_add(bytes, std::memory_order_relaxed);
    bytes_read_ += bytes;
    last_read_ = Clock::now();
    if (phase_ != Phase::lingering) {
        if (!inside_message()) message_since_ = last_read_;
        take_in_slices(input);
        pump();
    }
    wait_to_read();
}

// A few bytes can ask for much, and a read holds many of them: what is too much for now waits as it came.
void Session::take_in_slices(std::string_view input) {
    while (!input.empty() && phase_ != Phase::ended && !(phase_ == Phase::open && overloaded())) {
        take_in(input.substr(0, kSlice));
        input.remove_prefix(std::min(kSlice, input.size()));
        if (sending_) put_protocol_output(unsent_);  // so that it counts as unread
    }
    left_over_.assign(input);
}

void Session::take_in_left_over() {
    reading_ = false;
    const std::string input = std::exchange(left_over_, {});
    if (phase_ == Phase::ended) return;
    if (phase_ != Phase::lingering) {
        take_in_slices(input);
        pump();
    }
    wait_to_read();
}

void Session::publish(const log::Topic& topic, std::span<const log::Message> messages, Reply reply) {
    reply.count = static_cast<std::uint32_t>(messages.size());
    for (const log::Message& message : messages) {
        reply.bytes_under_way += message.payload.size() + message.headers.size();
    }
    in_flight_ += reply.count;
    in_flight_bytes_ += reply.bytes_under_way;
    replies_.push_back(std::move(reply));
    thread_.publishing.publish(topic, messages, shared_from_this(), replies_.back());
}

void Session::refuse(const log::Topic& topic, std::error_code error, Reply reply) {
    station().counters.refused(error, reply.count);
    put_published(reply, topic, error, {}, reply.bytes);
    reply.done = true;
    replies_.push_back(std::move(reply));
    release_answers();
}

void Session::answer(std::string_view text, bool holds_events) {
    Reply reply;
    put_text(text, reply.bytes);
    reply.done = true;
    reply.holds_events = holds_events;
    if (holds_events) ++holding_events_;
    replies_.push_back(std::move(reply));
    release_answers();
}

void Session::answer_topics(std::string ref) {
    Reply reply;
    reply.lists_topics = true;
    reply.ref = std::move(ref);
    reply.done = true;
    replies_.push_back(std::move(reply));
    release_answers();
}

void Session::answer_bytes(std::string bytes) {
    Reply reply;
    reply.bytes = std::move(bytes);
    reply.done = true;
    replies_.push_back(std::move(reply));
    release_answers();
}

void Session::published(PendingPublish& pending, const log::Topic& topic, std::error_code error,
                        std::span<const log::Receipt> receipts) {
    if (phase_ == Phase::ended) return;
    guard([&] { answer_published(static_cast<Reply&>(pending), topic, error, receipts); });
}

void Session::answer_published(Reply& reply, const log::Topic& topic, std::error_code error,
                               std::span<const log::Receipt> receipts) {
    in_flight_ -= reply.count;
    in_flight_bytes_ -= reply.bytes_under_way;
    put_published(reply, topic, error, receipts, &reply == &replies_.front() ? unsent_ : reply.bytes);
    reply.done = true;
    release_answers();
}

void Session::release_answers() {
    while (!replies_.empty() && replies_.front().done && unsent_.size() - unsent_at_ < station().limits.max_unread) {
        Reply& reply = replies_.front();
        if (reply.lists_topics) put_text(topics_text(station(), reply.ref), unsent_);
        unsent_ += reply.bytes;
        if (reply.holds_events) --holding_events_;
        replies_.pop_front();
    }
}

// What there is to send, at most kMostAtOnce of it or one event.
void Session::fill(std::string& out) {
    put_protocol_output(out);
    if (phase_ != Phase::open || holding_events_ > 0 || protocol_closing()) return;
    std::size_t asleep = 0;
    while (asleep < subscriptions_.size() && out.size() < kMostAtOnce) {
        next_subscription_ = (next_subscription_ + 1) % subscriptions_.size();
        Subscription& subscription = *subscriptions_[next_subscription_];
        const Subscription::Read read = subscription.read({.events = 1024, .bytes = kMostAtOnce / 2});
        if (read.events.empty() && !read.damage && !read.error) {
            ++asleep;
            continue;
        }
        asleep = 0;
        put_read(subscription, read, out);
        subscription.release();
    }
}

void Session::put_read(Subscription& subscription, const Subscription::Read& read, std::string& out) {
    if (read.damage) put_text(damage_text(subscription.topic(), *read.damage), out);
    if (read.error) put_text(read_error_text(subscription.topic(), read.error), out);
    if (read.events.empty()) return;
    put_events(subscription, read.events, out);
    station().counters.delivered.fetch_add(read.events.size(), std::memory_order_relaxed);
    if (!read.live) return;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto late = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count() - read.events.back().time;
    station().counters.fanout_seconds.observe(std::max(0.0, static_cast<double>(late) / 1e9), read.events.size());
}

// False where nothing is left to send, or nothing can be sent now.
bool Session::send_some() {
    release_answers();
    std::string& shared = thread_.output;
    shared.clear();
    std::string& out = unsent_.empty() ? shared : unsent_;
    if (out.size() - unsent_at_ < kMostAtOnce) fill(out);
    std::string_view left = std::string_view{out}.substr(unsent_at_);
    if (left.empty()) return false;
    std::error_code error;
    const std::size_t sent = socket_.write_some(asio::buffer(left), error);
    station().counters.bytes_out.fetch_add(sent, std::memory_order_relaxed);
    sent_this_turn_ += sent;
    left.remove_prefix(sent);
    if (sent > 0) last_sent_ = Clock::now();
    if (error && error != asio::error::would_block) {
        end();
        return false;
    }
    if (left.empty()) {
        unsent_.clear();
        unsent_at_ = 0;
        return true;
    }
    if (&out == &shared) {
        unsent_.assign(left);
    } else {
        unsent_at_ += sent;
        if (unsent_at_ >= kMostAtOnce) unsent_.erase(0, std::exchange(unsent_at_, 0));
    }
    wait_to_send();
    return false;
}

void Session::wait_to_send() {
    sending_ = true;
    socket_.async_wait(net::Socket::wait_write, [self = shared_from_this()](std::error_code error) {
        self->sending_ = false;
        if (!error) self->guard([&] { self->pump(); });
    });
}

void Session::pump() {
    if (phase_ == Phase::ended || sending_ || std::exchange(pumping_, true)) return;
    const auto self = shared_from_this();
    sent_this_turn_ = 0;
    while (send_some()) {
        if (sent_this_turn_ < kTurn) continue;
        asio::post(thread_.io, [self] { self->guard([&] { self->pump(); }); });
        break;
    }
    pumping_ = false;
    settle();
}

// After a turn: what has become possible?
void Session::settle() {
    if (phase_ == Phase::ended || sending_ || !unsent_.empty()) return;
    if (phase_ == Phase::answering && replies_.empty()) {
        phase_ = Phase::closing;
        say_goodbye();
    } else if ((phase_ == Phase::open || phase_ == Phase::closing) && protocol_finished()) {
        finish();
    }
    wait_to_read();
}

void Session::end_when_answered() {
    if (phase_ != Phase::open) return;
    phase_ = Phase::answering;
    pump();
}

// A client that does not read what it subscribed to is not waited for: its place in the log is its own to remember.
void Session::shut_down() {
    if (sending_ && replies_.empty()) close_by(Clock::now() + kUnread);
    guard([this] { end_when_answered(); });
}

void Session::close_by(Clock::time_point when) { end_at_ = std::min(end_at_, when); }

// Closing a socket with unread input would reset it, and a reset can overtake the last answer.
void Session::finish() {
    if (phase_ == Phase::lingering || phase_ == Phase::ended) return;
    phase_ = Phase::lingering;
    std::error_code error;
    socket_.shutdown(net::Socket::shutdown_send, error);
    close_by(Clock::now() + net::kLinger);
    wait_to_read();
}

void Session::end() noexcept {
    if (std::exchange(phase_, Phase::ended) == Phase::ended) return;
    const auto self = shared_from_this();
    for (const auto& subscription : subscriptions_) {
        debug(subscription->topic(), "a subscriber goes");
        subscription->end();
    }
    subscriptions_.clear();
    std::error_code error;
    socket_.close(error);
    thread_.remove(*this);
}

// What was half done is no matter any more: nothing of this session is touched again but to answer what the log still
// has of it.
void Session::end_without_memory() noexcept {
    if (phase_ == Phase::ended) return;
    station().troubles.out_of_memory();
    const std::string_view words = no_memory();
    std::error_code error;
    if (unsent_.empty() && !sending_) socket_.write_some(asio::buffer(words), error);
    end();
}

void Session::debug(const log::Topic& topic, std::string_view what) const try {
    if (station().debug) station().debug("topic " + topic.name() + ": " + std::string{what});
} catch (const std::bad_alloc&) {
    return;  // a line less
}

void Session::tick(Clock::time_point now) {
    guard([&] { look_around(now); });
}

void Session::look_around(Clock::time_point now) {
    const Limits& limits = station().limits;
    if (now >= end_at_) return end();
    if (unsent_.empty() && unsent_.capacity() > 64) unsent_.shrink_to_fit();
    if (sending_ && now - last_sent_ > limits.slow_reader) {
        counted_.too_slow();
        return too_slow("the client takes in nothing of what waits for it");
    }
    check_upload(now);
    if (phase_ != Phase::ended) tick_protocol(now);
}

// A message that has begun must go on: at kSlowestUpload, or be whole within the request timeout.
void Session::check_upload(Clock::time_point now) {
    const bool inside = phase_ == Phase::open && reading_ && inside_message();
    const auto watch_since = [&](Clock::time_point since) {
        in_message_ = inside;
        mark_ = since;
        bytes_at_mark_ = bytes_read_;
        messages_at_mark_ = messages_in_;
    };
    if (!inside) message_since_ = now;  // of the next one, until it comes
    if (messages_in_ != messages_at_mark_) return watch_since(now);
    if (!inside || !in_message_) return watch_since(message_since_);
    const auto waited = now - mark_;
    if (waited < station().limits.request_timeout) return;
    const auto seconds = std::chrono::duration<double>(waited).count();
    const bool comes_on =
        static_cast<double>(bytes_read_ - bytes_at_mark_) >= seconds * static_cast<double>(kSlowestUpload);
    watch_since(now);
    if (comes_on) return;
    counted_.too_slow();
    too_slow("a message came in too slowly");
}

void Session::add_lag(std::map<std::uint32_t, std::uint64_t>& lag) const {
    for (const auto& subscription : subscriptions_) {
        auto& furthest = lag[subscription->topic().stream()];
        furthest = std::max(furthest, subscription->lag());
    }
}

}  // namespace station::final_station
