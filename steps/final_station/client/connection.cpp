#include "connection.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cstring>
#include <station/base/addresses.hpp>
#include <station/net/peers.hpp>
#include <utility>

namespace station::final_station {

std::error_code BlockingConnection::open(const net::Endpoint& server) {
    const auto addresses = base::resolve(server.host, server.port);
    if (!addresses) return addresses.error();
    std::error_code told;
    for (const base::Address& address : *addresses) {
        net::tcp::endpoint peer;
        std::memcpy(peer.data(), address.get(), address.size);
        peer.resize(address.size);
        // Only what has connected becomes socket_: a try to connect may take long, and interrupt() may not.
        net::Socket socket{io_};
        std::error_code error;
        socket.connect(peer, error);
        if (error) {
            if (base::tells_more(error.value(), told.value())) told = error;
            continue;
        }
        std::error_code ignored;
        socket.set_option(net::tcp::no_delay(true), ignored);
        net::keep_alive(socket.native_handle());
        const std::lock_guard lock{replacing_};
        socket_ = std::move(socket);
        return interrupted_ ? make_error_code(std::errc::interrupted) : std::error_code{};
    }
    return told;
}

std::error_code BlockingConnection::send(std::string_view bytes) {
    std::error_code error;
    asio::write(socket_, asio::buffer(bytes), error);
    return error;
}

std::size_t BlockingConnection::receive(std::span<char> room, std::error_code& error) {
    std::size_t bytes = 0;
    do {
        bytes = socket_.read_some(net::buffer(room), error);
    } while (error == asio::error::interrupted);
    if (error == asio::error::eof) error.clear();
    return bytes;
}

bool BlockingConnection::try_send(std::string_view bytes, std::size_t& sent, std::error_code& error) {
    socket_.non_blocking(true, error);
    if (!error) sent = socket_.write_some(asio::buffer(bytes), error);
    std::error_code ignored;
    socket_.non_blocking(false, ignored);
    if (error == asio::error::would_block) error.clear();
    return !error;
}

BlockingConnection::Ready BlockingConnection::wait(bool write, int other) {
    pollfd waiting[2]{{socket_.native_handle(), static_cast<short>(POLLIN | (write ? POLLOUT : 0)), 0},
                      {other, POLLIN, 0}};
    ::poll(waiting, 2, -1);
    constexpr short kReadable = POLLIN | POLLHUP | POLLERR;
    return {.read = (waiting[0].revents & kReadable) != 0,
            .write = (waiting[0].revents & POLLOUT) != 0,
            .other = (waiting[1].revents & kReadable) != 0};
}

// Not close(): the descriptor must stay ours while another thread may be using it.
void BlockingConnection::interrupt() {
    const std::lock_guard lock{replacing_};
    interrupted_ = true;
    ::shutdown(socket_.native_handle(), SHUT_RDWR);
}

}  // namespace station::final_station
