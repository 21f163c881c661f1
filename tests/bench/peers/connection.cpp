#include "connection.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <stdexcept>

namespace station::peers {
namespace {

constexpr std::size_t kReadBytes = std::size_t{256} << 10;

std::uint64_t nanoseconds(Clock::duration duration) {
    return duration.count() > 0 ? static_cast<std::uint64_t>(duration.count()) : 0;
}

}  // namespace

Connection::Connection(std::uint16_t port, const ProtocolOptions& options, std::size_t window, const Socket& epoll,
                       Tally& tally)
    : role_{options.role},
      epoll_{epoll},
      tally_{tally},
      protocol_{make_protocol(options)},
      socket_{connect_to_loopback(port)},
      sent_at_(window) {
    protocol_->greet(socket_);
    socket_.make_nonblocking();
    watch(epoll_, socket_.get(), false, false);
}

void Connection::publish(std::string& payload, Clock::time_point due) {
    if (payload.size() >= kStampBytes) stamp(payload, due);
    sent_at_[published_++ % sent_at_.size()] = due;
    ++tally_.published;
    protocol_->publish(payload, out_);
}

void Connection::flush() {
    protocol_->end_group(out_);
    while (!out_.empty()) {
        const std::string_view bytes = out_.view();
        const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) break;
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) throw_errno("send");
        out_.drop(static_cast<std::size_t>(sent));
    }
    if (waits_to_write_ == out_.empty()) {
        waits_to_write_ = !out_.empty();
        watch(epoll_, socket_.get(), waits_to_write_, true);
    }
}

void Connection::receive() {
    const std::span<char> space = in_.space(kReadBytes);
    const ssize_t received = ::recv(socket_.get(), space.data(), space.size(), 0);
    if (received < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (received < 0) throw_errno("receive");
    if (received == 0) throw std::runtime_error{"the server closed the connection"};
    in_.filled(static_cast<std::size_t>(received));
    // One look at the clock for all that came at once: a look for each event would cost more than to take it.
    received_at_ = Clock::now();
    protocol_->take(in_, out_, *this);
}

void Connection::acknowledged() {
    if (answered_ == published_) throw std::runtime_error{"an acknowledgement of nothing"};
    tally_.answer_latency.record(nanoseconds(received_at_ - sent_at_[answered_++ % sent_at_.size()]));
    ++tally_.answered;
    tally_.last_answer = received_at_;
}

void Connection::refused(std::string_view why) {
    if (tally_.refused++ == 0) tally_.first_refusal = why;
    if (role_ == Role::publisher && answered_ < published_) {
        ++answered_;
        ++tally_.answered;
    }
}

void Connection::message(std::string_view payload) {
    if (payload.size() < kStampBytes) throw std::runtime_error{"a message that nobody published"};
    ++tally_.delivered;
    tally_.last_delivery = received_at_;
    if (role_ == Role::replayer) return;
    last_stamp_ = stamp_of(payload);
    tally_.delivery_latency.record(nanoseconds(received_at_ - last_stamp_));
}

}  // namespace station::peers
