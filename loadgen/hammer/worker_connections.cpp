// The part of a worker that deals with one connection.
#include <loadgen/hammer/text.hpp>
#include <loadgen/hammer/worker.hpp>

#include <algorithm>
#include <cerrno>

namespace station::hammer {
namespace {

constexpr std::string_view kHalfLine = R"({"user":")";
constexpr std::string_view kHalfRequest = "GET / HTTP/1.1\r\nX: ";
// After its last reply a connection stays this long at most, to hear what nobody asked for.
constexpr Nanoseconds kGrace = std::chrono::milliseconds{100};

}  // namespace

void Worker::open(Connection& connection) {
    const Nanoseconds now = clock();
    connection.span.started = now;
    connection.state = State::connecting;
    connecting(connection, now, connection.socket.connect(run_.addresses));
}

// `error` is what Socket::connect() returned.
void Worker::connecting(Connection& connection, Nanoseconds now, int error) {
    if (error != 0 && error != EINPROGRESS) return failed(connection, now, error_text(error));
    const std::uint32_t events = error == 0 ? EPOLLIN : EPOLLOUT;
    if (const int refused = poller_.add(connection.socket.descriptor(), events, connection.id)) {
        return failed(connection, now, error_text(refused));
    }
    connection.writable_wanted = error != 0;
    if (error == 0) connected(connection, now);
}

void Worker::connected(Connection& connection, Nanoseconds now) {
    if (connection.exchange->ready()) return opened(connection, now);
    connection.state = State::greeting;
    pump(connection, now);
}

// After each piece of the server's part of it.
void Worker::greet(Connection& connection, Nanoseconds now) {
    if (const std::string why = connection.exchange->refusal(); !why.empty()) return failed(connection, now, why);
    if (connection.exchange->ready()) return opened(connection, now);
    pump(connection, now);
}

void Worker::opened(Connection& connection, Nanoseconds now) {
    connection.state = State::open;
    ++open_;
    ++totals_.connected;
    if (connection.role == Role::dribbler) return dribble(connection, now);
    if (Tap* const tap = tap_of(connection)) tap->connected(connection.number);
    pump(connection, now);
    if (draining_) leave_if_answered(connection, now);
}

void Worker::failed(Connection& connection, Nanoseconds now, const std::string& why) {
    ++totals_.connect_failures;
    note(now, "cannot connect to " + net::to_string(run_.plan.target) + ": " + why);
    connection.span.ended = now;
    connection.state = State::closed;
    connection.lost = true;
    connection.socket.close();
    if (connection.role == Role::active) --live_actives_;
}

void Worker::handle(const epoll_event& event) {
    Connection& connection = connections_[event.data.u64];
    if (connection.state == State::connecting) {
        const Nanoseconds now = clock();
        if (const int error = connection.socket.error()) {
            return connecting(connection, now, connection.socket.connect_next(run_.addresses, error));
        }
        watch(connection, false);
        connected(connection, now);
    } else if (connection.state != State::closed) {
        if ((event.events & EPOLLOUT) != 0) pump(connection, clock());
        if ((event.events & ~std::uint32_t{EPOLLOUT}) != 0) receive(connection);
    }
}

void Worker::receive(Connection& connection) {
    const std::ptrdiff_t bytes = connection.socket.receive(buffer_);
    const int error = bytes < 0 ? errno : 0;
    if (error == EAGAIN || error == EINTR) return;
    const Nanoseconds now = clock();
    if (bytes <= 0) return ended_by_server(connection, now, error);

    if (Tap* const tap = tap_of(connection)) {
        tap->received(connection.number, {buffer_.data(), static_cast<std::size_t>(bytes)});
    }
    const std::size_t waiting = connection.exchange->in_flight();
    connection.exchange->received({buffer_.data(), static_cast<std::size_t>(bytes)}, now, slice_);
    if (!slice_.complaint.empty()) note(now, slice_.complaint);
    if (connection.state == State::greeting) return greet(connection, now);
    if (connection.exchange->in_flight() < waiting) replied(connection, now);
    if (connection.state != State::open) return;
    pump(connection, now);
    if (draining_ && connection.role == Role::active) leave_if_answered(connection, now);
}

void Worker::replied(Connection& connection, Nanoseconds now) {
    totals_.last_reply = now;
    if (connection.span.first_reply.count() > 0) return;
    connection.span.first_reply = now;
    if (run_.plan.hold.count() > 0) timers_.push({now + run_.plan.hold, connection.id});
}

Tap* Worker::tap_of(const Connection& connection) const {
    return connection.role == Role::active ? run_.plan.tap : nullptr;
}

std::size_t Worker::allowance(const Connection& connection) const {
    const Exchange& exchange = *connection.exchange;
    if (draining_ || connection.state != State::open || connection.role != Role::active) return 0;
    if (run_.plan.hold.count() > 0) return exchange.begun() == 0 ? 1 : 0;
    std::uint64_t most = std::max<std::size_t>(run_.plan.pipeline, 1) - exchange.in_flight();
    if (run_.plan.open_loop()) most = std::min(most, connection.due - exchange.begun());
    return static_cast<std::size_t>(std::min(most, quota_));
}

// Sends what may be sent now, as far as the socket takes it.
void Worker::pump(Connection& connection, Nanoseconds now) {
    Exchange& exchange = *connection.exchange;
    if ((connection.state != State::open && connection.state != State::greeting) || connection.mute) return;
    bool full = false;
    while (!full) {
        const std::size_t most = allowance(connection);
        if (most == 0 && !exchange.unfinished()) break;
        const std::string_view out = exchange.outgoing(most, now);
        const std::ptrdiff_t bytes = connection.socket.send(out);
        if (bytes < 0 && errno != EAGAIN && errno != EINTR) {
            connection.mute = true;  // the end of the stream is still to come, and perhaps replies before it
            break;
        }
        const std::size_t taken = static_cast<std::size_t>(std::max<std::ptrdiff_t>(bytes, 0));
        if (Tap* const tap = tap_of(connection)) tap->sent(connection.number, out.substr(0, taken));
        const std::size_t begun = exchange.sent(taken, now);
        quota_ -= begun;
        slice_.sent += begun;
        totals_.first_sent = std::min(totals_.first_sent, now);
        full = taken < out.size();
    }
    watch(connection, full);
}

void Worker::dribble(Connection& connection, Nanoseconds now) {
    const std::string_view half = run_.plan.mix == Mix::ws ? kHalfRequest : kHalfLine;
    const std::string_view byte =
        connection.dribbled < half.size() ? half.substr(connection.dribbled, 1) : std::string_view{"a"};
    if (connection.socket.send(byte) == 1) ++connection.dribbled;
    timers_.push({now + run_.plan.dribble_every, connection.id});
}

void Worker::watch(Connection& connection, bool writable) {
    if (connection.writable_wanted == writable) return;
    connection.writable_wanted = writable;
    poller_.change(connection.socket.descriptor(), EPOLLIN | (writable ? EPOLLOUT : 0U), connection.id);
}

void Worker::leave_if_answered(Connection& connection, Nanoseconds now) {
    if (connection.exchange->in_flight() == 0 && !connection.exchange->unfinished()) leave(connection, now);
}

void Worker::leave(Connection& connection, Nanoseconds now) {
    connection.state = State::leaving;
    connection.socket.send(connection.exchange->goodbye());
    connection.socket.shut_down_sending();
    timers_.push({now + kGrace, connection.id});
}

void Worker::ended_by_server(Connection& connection, Nanoseconds now, int error) {
    if (connection.state == State::greeting) {
        return failed(connection, now, "the server ended the connection before it was open");
    }
    const std::size_t waiting = connection.exchange->in_flight();
    if (connection.state == State::open) {
        ++totals_.reset;
        connection.lost = true;
        note(now, "the server ended a connection" + (error == 0 ? "" : " (" + error_text(error) + ")") +
                      (waiting == 0 ? "" : " with " + counted(waiting, "reply", "replies") + " to come"));
    }
    close(connection, now);
}

void Worker::close(Connection& connection, Nanoseconds now) {
    if (Tap* const tap = tap_of(connection)) tap->closed(connection.number);
    connection.exchange->finish(slice_);
    connection.span.ended = now;
    connection.state = State::closed;
    connection.socket.close();
    --open_;
    if (connection.role == Role::active) --live_actives_;
}

}  // namespace station::hammer
