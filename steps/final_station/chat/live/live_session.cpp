#include "live_session.hpp"

#include <chrono>
#include <new>
#include <station/net/peers.hpp>
#include <station/net/sockets.hpp>
#include <utility>

#include "frames.hpp"
#include "hub.hpp"

namespace station::chat {
namespace {

using final_station::Transport;
using final_station::Watchdog;
using net::CloseCode;

// The longest message there is, each character escaped as two units, and what stands beside it.
constexpr std::size_t kMostOfText = std::size_t{128} << 10;
constexpr std::size_t kMostEver = std::size_t{1} << 20;  // bytes of answers that wait for a client
constexpr unsigned kMostUnderWay = 64;
constexpr std::chrono::seconds kGoodbye{2};
// Who answers no ping for a minute is gone, and so is who takes nothing for that long.
constexpr std::chrono::milliseconds kLives{60'000};
constexpr auto kSignedOut = static_cast<CloseCode>(4001);
constexpr std::string_view kNoMemory{"\x88\x02\x03\xf5", 4};  // a close frame with code 1013

Watchdog::Rules rules_of(const final_station::Limits& limits) {
    return {.request_timeout = limits.request_timeout,
            .slowest_upload = final_station::kSlowestUpload,
            .slow_reader = std::min(limits.slow_reader, kLives),
            .ping = std::min(limits.ping_interval, kLives / 2)};
}

}  // namespace

LiveSession::LiveSession(Hub& hub, final_station::IoThread& thread, final_station::AcceptedSocket accepted,
                         const Caller& caller)
    : hub_(hub),
      thread_(thread),
      live_(hub.thread(thread)),
      caller_(caller),
      counted_(thread.station.counters, final_station::Door::websocket, std::move(accepted.slot)),
      socket_(net::WebSocket::Role::server, {.max_message = kMostOfText, .max_fragments = 1024}),
      transport_(thread.transport, std::move(accepted.socket)),
      watchdog_(rules_of(thread.station.limits), Clock::now()),
      kept_(thread.station.memory) {}

void LiveSession::start(std::string_view first) {
    const auto self = shared_from_this();
    thread_.add(self);
    bool signed_in = false;
    try {
        live_.came(*this);
        hub_.came(user());
        here_ = true;
        signed_in = is_signed_in();
        if (signed_in) {
            tell(welcome_frame(hub_.chat().book().look([&](const State& state) { return *state.user(user()); })));
            tell_presence(hub_.presence());
        }
    } catch (const std::bad_alloc&) {
        closed();
        throw;
    }
    const std::shared_ptr<TransportUser> its_user{self, static_cast<TransportUser*>(this)};
    transport_.start(its_user, signed_in ? first : std::string_view{});
    if (signed_in) return;
    sign_out();
    transport_.resume();
}

bool LiveSession::may_take_more() const {
    return under_way_ < kMostUnderWay && waiting() < kMostEver && !kept_.must_wait();
}

std::size_t LiveSession::take_in(std::string_view bytes) {
    if (!socket_.inside_message()) watchdog_.message_begins(transport_.last_read());
    const std::size_t used = socket_.feed(bytes, *this);
    take_stock();
    return used;
}

template <typename Frame>
void LiveSession::put(Frame&& frame, std::size_t size) {
    if (phase_ != Phase::open && phase_ != Phase::answering) return;
    if (is_slow() && (told_while_slow_ += size) > kMostEver) {
        doomed_ = true;
        return;
    }
    try {
        outbox_.add(std::forward<Frame>(frame));
    } catch (const std::bad_alloc&) {
        doomed_ = true;
    }
}

void LiveSession::tell(std::string_view frame) { put(frame, frame.size()); }

void LiveSession::tell_presence(std::shared_ptr<const std::string> frame) {
    if (is_slow()) {
        presence_due_ = true;
        return;
    }
    const std::size_t size = frame->size();
    put(std::move(frame), size);
}

bool LiveSession::deliver(Follow& cursor, std::uint64_t sequence, std::string_view frame) {
    if (phase_ != Phase::open) return false;
    const bool was_live = cursor.is_live();
    if (!cursor.take(sequence, !is_slow())) {
        behind_ |= was_live && !cursor.is_live();
        return false;
    }
    tell(frame);
    return true;
}

void LiveSession::send() {
    if (doomed_) return transport_.close();
    transport_.resume();
}

std::string_view LiveSession::put_output(std::string& out) {
    outbox_.move_to(out, Transport::kPortion);
    // Nothing may follow a close frame.
    if (socket_.has_output() && (!socket_.close_sent() || outbox_.empty())) socket_.take_output(out);
    return out;
}

// What has become possible?
void LiveSession::all_sent() {
    told_while_slow_ = 0;
    take_stock();
    if (socket_.finished() && !socket_.has_output()) {
        if (transport_.is_lingering()) return;
        end_by(Clock::now() + net::kLinger);
        return transport_.finish();
    }
    if (phase_ == Phase::answering && under_way_ == 0) {
        transport_.read_again();
        return let_go(CloseCode::going_away, "the station is shutting down");
    }
    catch_up();
}

// The client has taken what there was.
void LiveSession::catch_up() {
    if (phase_ != Phase::open) return;
    if (std::exchange(behind_, false)) {
        for (const auto& [room, followed] : follows_) {
            const bool waits = std::ranges::find(to_read_, room) != to_read_.end();
            if (followed.cursor.wants_read() && !waits) to_read_.push_back(room);
        }
    }
    read_next();
    if (!std::exchange(presence_due_, false)) return;
    tell(hub_.presence_of_all());
    transport_.resume();
}

void LiveSession::shut_down() {
    if (phase_ != Phase::open) return;
    if (transport_.is_blocked()) end_by(Clock::now() + kGoodbye);
    phase_ = Phase::answering;
    transport_.stop_reading();
    transport_.resume();
}

void LiveSession::sign_out() {
    outbox_.clear();
    say_goodbye(kSignedOut, "signed out");
}

void LiveSession::let_go(CloseCode code, std::string_view why) {
    say_goodbye(code, why);
    transport_.resume();
}

void LiveSession::say_goodbye(CloseCode code, std::string_view why) {
    if (phase_ == Phase::closing || phase_ == Phase::ended) return;
    phase_ = Phase::closing;
    end_by(Clock::now() + kGoodbye);
    socket_.close(code, why);
}

void LiveSession::out_of_memory() noexcept {
    if (phase_ == Phase::ended) return;
    station().troubles.out_of_memory();
    transport_.last_words(kNoMemory);
    transport_.close();
}

void LiveSession::closed() noexcept {
    phase_ = Phase::ended;
    for (const auto& [room, followed] : follows_) live_.unfollow(*this, room);
    follows_.clear();
    outbox_.clear();
    take_stock();
    if (std::exchange(here_, false)) {
        live_.left(*this);
        hub_.left(user());
    }
    thread_.remove(*this);
}

// A session may also end by itself: it is looked at when it would.
bool LiveSession::is_signed_in() {
    const std::int64_t now = hub_.chat().now();
    if (now < alive_until_) return true;
    const auto used = hub_.chat().book().look([&](const State& state) -> std::optional<std::int64_t> {
        if (caller_.in(state, now) == nullptr || !caller_.session) return std::nullopt;
        return state.session(*caller_.session)->used;
    });
    if (used) alive_until_ = *used + kSessionLives;
    return used.has_value();
}

void LiveSession::tick(Clock::time_point now) {
    if (now >= end_at_ || doomed_) return transport_.close();
    if (++ticks_ % net::kTicksPerPeerCheck == 0 && net::is_peer_gone(transport_.stream().native_handle())) {
        return transport_.close();
    }
    if (socket_.close_received()) end_by(now + kGoodbye);
    transport_.shrink();
    const Watchdog::Seen seen{.open = phase_ == Phase::open,
                              .reading = transport_.is_reading(),
                              .blocked = transport_.is_blocked(),
                              .inside_message = socket_.inside_message(),
                              .messages = messages_,
                              .bytes = transport_.bytes_read(),
                              .last_read = transport_.last_read(),
                              .last_sent = transport_.last_sent()};
    switch (watchdog_.look(seen, now)) {
        case Watchdog::Verdict::ping:
            socket_.ping("");
            transport_.resume();
            break;
        case Watchdog::Verdict::slow_reader:
        case Watchdog::Verdict::slow_upload:
            counted_.too_slow();
            return let_go(CloseCode::policy_violation, "too slow: come back, and what is missing will be told");
        case Watchdog::Verdict::dead: return transport_.close();
        default: break;
    }
    take_stock();
    if (phase_ != Phase::open) return;
    if (!is_signed_in()) {
        sign_out();
        transport_.resume();
    } else if (!transport_.is_reading() || behind_ || !to_read_.empty()) {
        transport_.resume();  // there may be memory again
    }
}

void LiveSession::take_stock() {
    auto& counters = station().counters;
    counters.bytes_in.fetch_add(transport_.bytes_read() - std::exchange(bytes_counted_in_, transport_.bytes_read()),
                                std::memory_order_relaxed);
    counters.bytes_out.fetch_add(transport_.bytes_sent() - std::exchange(bytes_counted_out_, transport_.bytes_sent()),
                                 std::memory_order_relaxed);
    kept_.set(transport_.kept() + outbox_.bytes() + socket_.kept());
}

}  // namespace station::chat
