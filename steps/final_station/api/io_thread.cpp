#include "io_thread.hpp"

#include <algorithm>
#include <utility>

#include "http_session.hpp"
#include "line_session.hpp"

namespace station::final_station {
namespace {

constexpr std::size_t kInput = std::size_t{256} << 10;
constexpr std::chrono::milliseconds kTick{250};
constexpr std::size_t kTicksPerRound = 4;

}  // namespace

IoThread::IoThread(Station& shared, std::size_t index)
    : station(shared),
      publishing(io, mailbox, shared.counters, shared.limits.max_in_flight_bytes),
      input(kInput),
      index_(index) {}

// The bus has been shut down: every publish is answered, every wait is over, and what they pushed is here.
IoThread::~IoThread() {
    connections_.clear();
    mailbox.deliver();
}

void IoThread::start() {
    tick();
    thread_ = std::jthread{[this] { io.run(); }};
}

void IoThread::adopt(int descriptor, net::tcp protocol, Door door) {
    asio::post(io, [this, descriptor, protocol, door] {
        begin(descriptor, protocol, door);
        station.counters.adopting.fetch_sub(1, std::memory_order_release);
    });
}

void IoThread::begin(int descriptor, const net::tcp& protocol, Door door) {
    net::Socket socket{io};
    std::error_code error;
    socket.assign(protocol, descriptor, error);
    if (error) return;
    socket.set_option(net::tcp::no_delay(true), error);
    socket.set_option(asio::socket_base::keep_alive(true), error);
    socket.non_blocking(true, error);
    if (ending_) return;
    if (door == Door::lines) {
        start_line_session(*this, std::move(socket));
    } else {
        start_http_session(*this, std::move(socket));
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

// Each connection is looked at once a round. A quarter of them at a time: ten thousand idle ones at once would make the
// busy ones wait.
void IoThread::tick() {
    if (round_at_ == round_.size()) begin_round();
    const std::size_t until = std::min(round_.size(), round_at_ + (round_.size() + kTicksPerRound - 1) / kTicksPerRound);
    const auto now = Clock::now();
    for (; round_at_ < until; ++round_at_) {
        const auto found = connections_.find(round_[round_at_]);
        if (found == connections_.end()) continue;
        const auto connection = found->second;  // the tick may end it
        connection->tick(now);
        connection->add_lag(lag_);
    }
    ticker_.expires_after(kTick);
    ticker_.async_wait([this](std::error_code error) {
        if (!error) tick();
    });
}

void IoThread::begin_round() {
    station.tell_lag(index_, std::exchange(lag_, {}));
    round_.clear();
    round_at_ = 0;
    for (const auto& [key, connection] : connections_) round_.push_back(key);
}

void IoThread::shut_down(Clock::time_point deadline) {
    asio::post(io, [this, deadline] {
        ending_ = true;
        std::vector<std::shared_ptr<Connection>> all;
        for (const auto& [key, connection] : connections_) all.push_back(connection);
        for (const auto& connection : all) connection->shut_down();
        deadline_.expires_at(deadline);
        deadline_.async_wait([this](std::error_code error) {
            if (!error) cut_all();
        });
        end_if_empty();
    });
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
