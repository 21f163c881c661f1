#include "io_thread.hpp"

#include <algorithm>
#include <new>
#include <station/net/peers.hpp>
#include <utility>

#include "server/doors/http_session.hpp"
#include "server/doors/line_codec.hpp"

namespace station::final_station {
namespace {

constexpr std::chrono::milliseconds kTick{250};
constexpr std::size_t kTicksPerRound = 4;

}  // namespace

IoThread::IoThread(Station& shared, std::size_t index)
    : station(shared), publishing(io, mailbox, shared.counters, shared.limits.max_in_flight_bytes), index_(index) {
    station.registry.tell(topic_news);
}

// The bus has been shut down: every publish is answered, every wait is over, and what they pushed is here.
IoThread::~IoThread() {
    for (const auto& [key, connection] : std::exchange(connections_, {})) connection->cut();
    station.registry.leave(topic_news);
    settle();
}

void IoThread::settle() {
    publishing.flush();
    mailbox.deliver_all();
    transport.turns.run_all();
}

void IoThread::start() {
    thread_ = std::jthread{[this] { run(); }};
}

// What a handler does not handle is a want of memory, and the next handler may have some. Even the ticker may have to
// do without for a while.
void IoThread::run() {
    while (!io.stopped()) {
        try {
            if (ticking_) {
                io.run();
            } else {
                tick();
                if (!ticking_) io.run_for(kTick);
            }
        } catch (const std::bad_alloc&) {
            station.troubles.out_of_memory();
        }
    }
}

void IoThread::adopt(base::Descriptor descriptor, net::tcp protocol, Door door) {
    asio::post(io, [this, slot = ConnectionSlot{station.counters}, descriptor = std::move(descriptor), protocol,
                    door]() mutable { begin(std::move(descriptor), std::move(slot), protocol, door); });
}

void IoThread::begin(base::Descriptor descriptor, ConnectionSlot slot, const net::tcp& protocol, Door door) {
    net::Socket socket{io};
    std::error_code error;
    socket.assign(protocol, descriptor.get(), error);
    if (error) return;
    descriptor.release();
    socket.set_option(net::tcp::no_delay(true), error);
    net::keep_alive(socket.native_handle());
    socket.non_blocking(true, error);
    if (ending_) return;
    if (door == Door::lines) {
        start_line_session(*this, {std::move(socket), std::move(slot)});
    } else {
        start_http_session(*this, {std::move(socket), std::move(slot)});
    }
}

void IoThread::add(std::shared_ptr<Connection> connection) {
    Connection* const key = connection.get();
    connections_.emplace(key, std::move(connection));
}

void IoThread::remove(Connection& connection) {
    connections_.erase(&connection);
    end_if_empty();
}

void IoThread::tick() {
    ticking_ = false;
    try {
        look_at_connections();
        ticker_.expires_after(kTick);
        ticker_.async_wait(InMemory{ticker_memory_, io, [this](std::error_code error) {
                                        if (!error) tick();
                                    }});
        ticking_ = true;
    } catch (const std::bad_alloc&) {
        station.troubles.out_of_memory();
    }
}

// Each connection is looked at once a round, a quarter of them at a tick, and those by turns: ten thousand idle ones at
// once would make the busy ones wait.
void IoThread::look_at_connections() {
    if (looking_) return;
    if (round_at_ == round_.size()) begin_round();
    round_until_ = std::min(round_.size(), round_at_ + (round_.size() + kTicksPerRound - 1) / kTicksPerRound);
    look_at_some();
}

void IoThread::look_at_some() {
    looking_ = false;
    look_turn_.begin();
    const auto now = Clock::now();
    while (round_at_ < round_until_) {
        if (look_turn_.over()) {
            asio::post(io, InMemory{look_memory_, io, [this] { look_at_some(); }});
            looking_ = true;
            return;
        }
        const auto found = connections_.find(round_[round_at_++]);
        if (found == connections_.end()) continue;
        const auto connection = found->second;  // the tick may end it
        connection->tick(now);
        connection->add_lag(lag_);
    }
}

void IoThread::begin_round() {
    station.tell_lag(index_, std::exchange(lag_, {}));
    round_.clear();
    round_at_ = 0;
    for (const auto& [key, connection] : connections_) round_.push_back(key);
}

void IoThread::shut_down(Clock::time_point deadline) {
    auto end = [this, deadline] {
        ending_ = true;
        try {
            shut_down_all(deadline);
        } catch (const std::bad_alloc&) {
            cut_all();
        }
        end_if_empty();
    };
    asio::post(io, InMemory{shut_down_memory_, io, std::move(end)});
}

void IoThread::shut_down_all(Clock::time_point deadline) {
    deadline_.expires_at(deadline);
    deadline_.async_wait([this](std::error_code error) {
        if (!error) cut_all();
    });
    std::vector<std::shared_ptr<Connection>> all;
    for (const auto& [key, connection] : connections_) all.push_back(connection);
    for (const auto& connection : all) connection->shut_down();
}

void IoThread::cut_all() {
    const auto all = std::exchange(connections_, {});
    cut_ = all.size();
    for (const auto& [key, connection] : all) connection->cut();
    io.stop();
}

void IoThread::end_if_empty() {
    if (ending_ && connections_.empty()) io.stop();
}

}  // namespace station::final_station
