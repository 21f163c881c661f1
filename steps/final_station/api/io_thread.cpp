#include "io_thread.hpp"

#include <utility>

#include "http_session.hpp"
#include "line_session.hpp"

namespace station::final_station {
namespace {

constexpr std::size_t kInput = std::size_t{256} << 10;
constexpr std::chrono::milliseconds kTick{250};

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

void IoThread::tick() {
    const auto now = Clock::now();
    std::map<std::uint32_t, std::uint64_t> lag;
    std::vector<std::shared_ptr<Connection>> all;  // a tick may end connections
    all.reserve(connections_.size());
    for (const auto& [key, connection] : connections_) all.push_back(connection);
    for (const auto& connection : all) {
        connection->tick(now);
        connection->add_lag(lag);
    }
    station.tell_lag(index_, lag);
    ticker_.expires_after(kTick);
    ticker_.async_wait([this](std::error_code error) {
        if (!error) tick();
    });
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
