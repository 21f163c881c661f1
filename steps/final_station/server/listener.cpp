#include "listener.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <new>
#include <station/net/sockets.hpp>
#include <string_view>

#include "server/doors/http_exchange.hpp"

namespace station::final_station {
namespace {

constexpr std::chrono::milliseconds kPause{50};

}  // namespace

std::error_code Listener::listen(net::Endpoint& endpoint) { return net::listen(acceptor_, endpoint); }

bool Listener::is_loopback() const {
    std::error_code closed;
    return acceptor_.local_endpoint(closed).address().is_loopback();
}

void Listener::start() {
    std::error_code closed;  // by a stop that came before
    acceptor_.non_blocking(true, closed);
    protocol_ = acceptor_.local_endpoint(closed).protocol();
    if (!closed) pause({});  // the timer's own memory is there from now on
}

void Listener::close() {
    std::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
}

void Listener::wait() {
    auto ready = [this](std::error_code cancelled) {
        if (!cancelled) take_all();
    };
    acceptor_.async_wait(net::Acceptor::wait_read, InMemory{memory_, io_, std::move(ready)});
}

void Listener::take_all() {
    Taken taken = Taken::one;
    while (taken == Taken::one) taken = take_one();
    if (taken == Taken::none) {
        wait();
    } else {
        pause(kPause);
    }
}

void Listener::pause(std::chrono::milliseconds time) {
    auto again = [this](std::error_code) {
        if (acceptor_.is_open()) take_all();
    };
    pause_.expires_after(time);
    pause_.async_wait(InMemory{memory_, io_, std::move(again)});
}

// The descriptor goes straight to the connection's own thread: this loop's reactor never hears of it.
Listener::Taken Listener::take_one() {
    base::Descriptor descriptor{::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (!descriptor) {
        if (errno == EAGAIN) return Taken::none;
        if (errno == EINTR || errno == ECONNABORTED) return Taken::one;
        station_.troubles.accept_failed({errno, std::system_category()});
        return Taken::failed;
    }
    station_.troubles.accept_worked();
    try {
        if (full()) {
            turn_away(descriptor);
        } else {
            threads_[next_thread_++ % threads_.size()]->adopt(std::move(descriptor), protocol_, door_);
        }
    } catch (const std::bad_alloc&) {
        station_.troubles.out_of_memory();
    }
    return Taken::one;
}

bool Listener::full() const {
    return station_.counters.connections.load(std::memory_order_relaxed) >= station_.limits.max_connections;
}

void Listener::turn_away(const base::Descriptor& descriptor) const {
    station_.counters.denied(Denial::too_many_connections);
    if (door_ != Door::lines) station_.counters.responded(503);
    const std::string words =
        door_ == Door::lines ? "{\"status\":\"rejected\",\"reason\":\"too_many_connections\"}\n"
                             : last_refusal({}, 503, "too_many_connections", "come back later", "Retry-After: 1\r\n");
    // Best effort: a new socket has room for it, and nobody waits for who is turned away.
    [[maybe_unused]] const auto sent =
        ::send(descriptor.get(), words.data(), words.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(descriptor.get(), SHUT_WR);
}

}  // namespace station::final_station
