#include "session.hpp"

#include <new>
#include <station/net/peers.hpp>
#include <station/net/sockets.hpp>
#include <utility>

#include "server/describe.hpp"

namespace station::final_station {
namespace {

constexpr std::size_t kMostInFlightBytes = std::size_t{16} << 20;  // of one connection
constexpr std::size_t kMostReplyBytes = std::size_t{8} << 20;      // answers that are not known yet, and their refs
constexpr std::size_t kReadAtOnce = std::size_t{128} << 10;        // bytes of events, before the time is looked at
constexpr unsigned kReadyChecks = 16;                              // requests taken, before the time is looked at
constexpr std::chrono::seconds kGoodbye{2};                        // for the client to say its own, or to read ours

}  // namespace

Session::Session(IoThread& thread, AcceptedSocket accepted, Door door, std::unique_ptr<Codec> codec,
                 const Watchdog::Rules& rules)
    : thread_(thread),
      counted_(thread.station.counters, door, std::move(accepted.slot)),
      codec_(std::move(codec)),
      transport_(thread.transport, std::move(accepted.socket)),
      subscriptions_(thread, *codec_, [this] { transport_.resume(); }),
      watchdog_(rules, Clock::now()),
      kept_(thread.station.memory) {}

void Session::start(std::string_view first) {
    const auto self = shared_from_this();
    thread_.add(self);
    transport_.start(std::shared_ptr<TransportUser>{self, static_cast<TransportUser*>(this)}, first);
}

bool Session::may_take_more() const {
    const Limits& limits = station().limits;
    return !waits_for_disk_ && !begins_to_follow() && replies_.in_flight() < limits.max_in_flight &&
           replies_.size() < limits.max_in_flight && replies_.in_flight_bytes() < kMostInFlightBytes &&
           replies_.kept() < kMostReplyBytes && transport_.unsent() + ready_.size() < limits.max_unread &&
           !kept_.must_wait();
}

bool Session::ready() {
    if (phase_ == Phase::closing) return true;
    if (phase_ != Phase::open || !may_take_more()) return false;
    const Turn& turn = transport_.turn();
    return ++asked_ % kReadyChecks == 0 ? !turn.over() : !turn.spent();
}

std::size_t Session::take_in(std::string_view bytes) {
    if (!codec_->inside_message()) watchdog_.message_begins(transport_.last_read());
    const std::size_t used = codec_->take_in(bytes, *this);
    end_run();
    take_stock();
    return used;
}

void Session::publish(std::uint64_t stream, log::Bytes payload) {
    if (run_.stream != stream || run_.is_gone()) {
        end_run();
        run_.topic = station().find(stream);
        run_.stream = stream;
    }
    if (run_.topic) return add_to_run(*run_.topic, stream, payload);
    station().counters.refused(log::Errc::no_such_topic);
    answer_error(stream, "unknown_stream", "open a topic to learn its stream");
}

void Session::publish(std::string_view name, log::Bytes payload) {
    if (run_.is_gone() || run_.topic->name() != name) {
        end_run();
        run_.topic = station().find(name);
        run_.stream = run_.topic ? run_.topic->stream() : 0;
    }
    if (run_.topic) return add_to_run(*run_.topic, run_.stream, payload);
    make_topic(std::string{name},
               [payload = std::string{log::as_text(payload)}](Session& self, const Topics::Made& topic) {
                   if (!topic) return self.refuse(nullptr, topic.error(), {});
                   self.add_to_run(*topic, topic->stream(), log::as_bytes(payload));
                   self.run_.topic = *topic;
                   self.end_run();
               });
}

void Session::add_to_run(const engine::Topic& topic, std::uint64_t stream, log::Bytes payload) {
    if (payload.size() <= station().limits.max_payload) return run_.messages.push_back({payload, {}});
    end_run();
    Reply reply;
    reply.stream = stream;
    refuse(&topic, log::Errc::payload_too_large, std::move(reply));
}

void Session::end_run() {
    if (run_.messages.empty()) return;
    Reply reply;
    reply.stream = run_.stream;
    hand_over(*run_.topic, run_.messages, std::move(reply));
    run_.messages.clear();
    if (run_.messages.capacity() > 64) run_.messages = {};
}

// Messages that came together, none too large.
void Session::hand_over(const engine::Topic& topic, std::span<const log::Message> messages, Reply reply) {
    reply.count = static_cast<std::uint32_t>(messages.size());
    for (const log::Message& message : messages) {
        reply.bytes_under_way += message.payload.size() + message.headers.size();
    }
    thread_.publishing.publish(topic, messages, shared_from_this(), replies_.add(std::move(reply)));
}

// In the place of an acknowledgement.
void Session::refuse(const engine::Topic* topic, std::error_code error, Reply reply) {
    station().counters.refused(error, reply.count);
    codec_->put_published(reply, topic, error, {}, reply.bytes);
    reply.done = true;
    replies_.add(std::move(reply));
    release_answers();
}

void Session::answer(std::string_view text) {
    std::string bytes;
    codec_->put_text(text, bytes);
    answer_bytes(std::move(bytes));
}

void Session::answer_error(std::uint64_t stream, std::string_view reason, std::string_view detail) {
    std::string bytes;
    codec_->put_error(stream, reason, detail, bytes);
    answer_bytes(std::move(bytes));
}

void Session::answer_bytes(std::string bytes) {
    end_run();
    Reply reply;
    reply.bytes = std::move(bytes);
    reply.done = true;
    replies_.add(std::move(reply));
    release_answers();
}

void Session::published(PendingPublish& pending, const engine::Topic& topic, std::error_code error,
                        std::span<const log::Receipt> receipts) {
    if (phase_ == Phase::ended) return;
    try {
        Reply& reply = static_cast<Reply&>(pending);
        codec_->put_published(reply, &topic, error, receipts, replies_.room(reply, ready_));
        replies_.finish(reply);
        release_answers();
    } catch (const std::bad_alloc&) {
        out_of_memory();
    }
}

void Session::release_answers() {
    replies_.release(ready_, station().limits.max_unread, [this] { return !replies_.first_is_late(); });
}

// Something, where there is anything to be said; more, as long as it is this session's turn.
std::string_view Session::put_output(std::string& out) {
    const auto may_go_on = [&] { return out.empty() || !transport_.turn().over(); };
    follow_more();
    out += ready_;
    ready_.clear();
    replies_.release(out, station().limits.max_unread, may_go_on);
    codec_->put_own(out, !replies_.empty());
    if (phase_ != Phase::open || replies_.holds_events() || codec_->is_closing()) return out;
    while (out.size() < Transport::kPortion && may_go_on()) {
        const auto news = subscriptions_.next({.events = 1024, .bytes = kReadAtOnce});
        if (!news) break;
        const TailChunk* const chunk = out.empty() ? share(*news) : news->read.chunk;
        if (chunk == nullptr) {
            put_news(*news, out);
        } else {
            count_delivery(chunk->events, news->read.live, chunk->last_time);
            if (out.empty()) return chunk->bytes;
            out += chunk->bytes;
        }
        news->from.release();
        // Another topic of its name is another one.
        if (news->read.error == log::Errc::topic_deleted) subscriptions_.remove(news->from.topic().stream());
    }
    return out;
}

// What was read, encoded for all that stand where this subscription stood; nullptr: it is for this one alone.
const TailChunk* Session::share(const Subscriptions::News& news) {
    const Subscription::Read& read = news.read;
    if (read.chunk != nullptr || !news.from.shares()) return read.chunk;
    if (read.events.empty() || read.damage || read.lost || read.error) return nullptr;
    if (read.events.back().payload.size() > Tail::kBytes) return nullptr;  // nothing large is kept for who may come
    TailChunk& chunk = thread_.tail.replace();
    codec_->put_events(news.from, read.events, chunk.bytes);
    news.from.complete(chunk, read.events);
    news.from.release();
    return &chunk;
}

void Session::count_delivery(std::size_t events, bool live, std::int64_t last_time) {
    station().counters.delivered.fetch_add(events, std::memory_order_relaxed);
    if (!live) return;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto late = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count() - last_time;
    station().counters.fanout_seconds.observe(std::max(0.0, static_cast<double>(late) / 1e9), events);
}

void Session::put_news(const Subscriptions::News& news, std::string& out) {
    const engine::Topic& topic = news.from.topic();
    const Subscription::Read& read = news.read;
    if (read.lost) codec_->put_text(lost_text(topic, *read.lost), out);
    if (read.damage) codec_->put_text(damage_text(topic, *read.damage), out);
    if (read.error) codec_->put_text(read_error_text(topic, read.error), out);
    if (read.events.empty()) return;
    codec_->put_events(news.from, read.events, out);
    count_delivery(read.events.size(), read.live, read.events.back().time);
}

void Session::input_ended() {
    if (!codec_->takes_half_closed()) return transport_.close();
    if (follows_nothing()) end_of_requests();  // else it is served for as long as it is there
}

void Session::end_of_requests() {
    if (phase_ != Phase::open) return;
    end_run();
    phase_ = Phase::answering;
    transport_.stop_reading();
    transport_.resume();
}

// What has become possible?
void Session::all_sent() {
    take_stock();
    if (phase_ == Phase::answering && replies_.empty() && !waits_for_disk_ && !begins_to_follow()) {
        phase_ = Phase::closing;
        transport_.read_again();
        codec_->say_farewell(farewell_, {});
        end_by(Clock::now() + kGoodbye);
        transport_.resume();
    } else if (codec_->is_closed() && replies_.empty() && !transport_.is_lingering()) {
        end_by(Clock::now() + net::kLinger);
        transport_.finish();
    }
}

// A client that does not read what it subscribed to is not waited for: its place in the log is its own to remember.
void Session::shut_down() {
    if (transport_.is_blocked() && replies_.empty()) end_by(Clock::now() + kGoodbye);
    farewell_ = Farewell::shutting_down;
    end_of_requests();
}

// Says why, behind the answers that are under way, and waits no longer than that takes.
void Session::let_go(Farewell why, std::string_view detail) {
    if (phase_ != Phase::open) return transport_.close();
    phase_ = Phase::closing;
    end_by(Clock::now() + kGoodbye);
    codec_->say_farewell(why, detail);
    transport_.resume();
}

void Session::out_of_memory() noexcept {
    if (phase_ == Phase::ended) return;
    station().troubles.out_of_memory();
    transport_.last_words(codec_->no_memory());
    transport_.close();
}

void Session::closed() noexcept {
    phase_ = Phase::ended;
    thread_.topic_news.remove(*this);
    subscriptions_.end();
    take_stock();
    thread_.remove(*this);
}

Watchdog::Seen Session::seen() const {
    return {.open = phase_ == Phase::open,
            .reading = transport_.is_reading(),
            .blocked = transport_.is_blocked(),
            .inside_message = codec_->inside_message(),
            .stranger = codec_->is_stranger(),
            .messages = messages_,
            .bytes = transport_.bytes_read(),
            .last_read = transport_.last_read(),
            .last_sent = transport_.last_sent()};
}

void Session::tick(Clock::time_point now) {
    if (now >= end_at_) return transport_.close();
    if (++ticks_ % net::kTicksPerPeerCheck == 0 && net::is_peer_gone(transport_.stream().native_handle())) {
        return transport_.close();
    }
    if (codec_->was_left() && (replies_.empty() || transport_.is_blocked())) end_by(now + kGoodbye);
    transport_.shrink();
    if (ready_.empty() && ready_.capacity() > 64) ready_.shrink_to_fit();
    switch (watchdog_.look(seen(), now)) {
        case Watchdog::Verdict::fine: break;
        case Watchdog::Verdict::ping:
            codec_->ping();
            transport_.resume();
            break;
        case Watchdog::Verdict::slow_reader:
            counted_.too_slow();
            return let_go(Farewell::too_slow, "the client takes in nothing of what waits for it");
        case Watchdog::Verdict::slow_upload:
            counted_.too_slow();
            return let_go(Farewell::too_slow, "a message came in too slowly");
        case Watchdog::Verdict::stranger: return let_go(Farewell::unauthorized, {});
        case Watchdog::Verdict::idle: return end_of_requests();
        case Watchdog::Verdict::dead: return transport_.close();
    }
    take_stock();
    if (phase_ == Phase::open && !transport_.is_reading()) transport_.resume();  // there may be memory again
}

// What this connection has cost so far, and what it makes the server keep now.
void Session::take_stock() {
    Counters& counters = station().counters;
    const auto count = [](Counters::Number& all, std::uint64_t& counted, std::uint64_t now) {
        all.fetch_add(now - std::exchange(counted, now), std::memory_order_relaxed);
    };
    count(counters.bytes_in, bytes_counted_in_, transport_.bytes_read());
    count(counters.bytes_out, bytes_counted_out_, transport_.bytes_sent());
    kept_.set(transport_.kept() + replies_.kept() + replies_.in_flight_bytes() + codec_->kept() + ready_.capacity() +
              following_.kept());
}

}  // namespace station::final_station
