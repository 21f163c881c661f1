#include "connection.hpp"

#include <poll.h>
#include <sys/socket.h>

namespace station::final_station {

std::error_code BlockingConnection::open(const net::Endpoint& server) {
    std::error_code error;
    const auto address = asio::ip::make_address(server.host == "localhost" ? "127.0.0.1" : server.host, error);
    if (error) return error;
    socket_.connect({address, server.port}, error);
    if (error) return error;
    std::error_code ignored;
    socket_.set_option(net::tcp::no_delay(true), ignored);
    return {};
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
void BlockingConnection::interrupt() { ::shutdown(socket_.native_handle(), SHUT_RDWR); }

}  // namespace station::final_station
