#include <station/net/sockets.hpp>

#include <poll.h>

#include <algorithm>
#include <array>
#include <asio/experimental/awaitable_operators.hpp>
#include <cstring>
#include <station/base/addresses.hpp>
#include <station/base/descriptor_limit.hpp>
#include <vector>

namespace station::net {
namespace {

// What is no address becomes an error before anything is opened.
std::error_code to_asio(const Endpoint& endpoint, tcp::endpoint& local) {
    const auto address = base::listening_address(endpoint.host, endpoint.port);
    if (!address) return asio::error::invalid_argument;
    std::memcpy(local.data(), address->get(), address->size);
    local.resize(address->size);
    return {};
}

Awaitable<void> discard_input(Socket& socket) {
    std::vector<char> waste(16384);
    std::error_code error;
    while (!error) {
        const auto [read_error, bytes] = co_await socket.async_read_some(asio::buffer(waste), use_tuple);
        error = read_error;
    }
}

}  // namespace

std::error_code listen(Acceptor& acceptor, Endpoint& endpoint) {
    base::raise_descriptor_limit();
    tcp::endpoint local;
    std::error_code error = to_asio(endpoint, local);
    if (!error) acceptor.open(local.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(local, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (!error) {
        endpoint.port = acceptor.local_endpoint(error).port();
    } else {
        std::error_code ignored;
        acceptor.close(ignored);
    }
    return error;
}

void close_gently(Socket& socket) {
    std::error_code error;
    socket.shutdown(tcp::socket::shutdown_send, error);
    const auto until = std::chrono::steady_clock::now() + kLinger;
    std::array<char, 65536> waste;
    while (!error) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        pollfd readable{socket.native_handle(), POLLIN, 0};
        if (left.count() <= 0 || ::poll(&readable, 1, static_cast<int>(left.count())) <= 0) break;
        socket.read_some(asio::buffer(waste), error);
    }
    socket.close(error);
}

Awaitable<void> async_close_gently(Socket& socket) {
    using namespace asio::experimental::awaitable_operators;
    std::error_code error;
    socket.shutdown(tcp::socket::shutdown_send, error);
    if (!error) {
        Timer deadline{socket.get_executor(), kLinger};
        co_await (discard_input(socket) || deadline.async_wait(use_tuple));
    }
    socket.close(error);
}

Awaitable<ReadResult> async_receive(Socket& socket, wire::LineBuffer& lines) {
    ReadResult result;
    do {
        const auto [cancelled] = co_await socket.async_wait(Socket::wait_read, use_tuple);
        result.bytes = socket.read_some(buffer(lines.prepare()), result.error);
        if (cancelled && result.error == asio::error::would_block) result.error = cancelled;
    } while (result.error == asio::error::would_block);
    lines.commit(result.bytes);
    co_return result;
}

std::error_code receive(Socket& socket, std::string_view first, bool more, wire::LineBuffer& lines) {
    const std::span<char> room = lines.prepare();
    std::copy(first.begin(), first.end(), room.begin());
    std::size_t bytes = first.size();
    std::error_code error;
    if (more) bytes += socket.read_some(buffer(room.subspan(bytes)), error);
    lines.commit(bytes);
    return first.empty() ? error : std::error_code{};  // what ends the connection is left for the next call to find
}

Awaitable<std::error_code> async_send(Socket& socket, std::string_view bytes) {
    std::error_code error;
    bytes.remove_prefix(socket.write_some(asio::buffer(bytes), error));
    if (bytes.empty() || (error && error != asio::error::would_block)) co_return error;
    const std::string rest{bytes};
    const auto [write_error, written] = co_await asio::async_write(socket, asio::buffer(rest), use_tuple);
    co_return write_error;
}

Awaitable<void> async_pause(Acceptor& acceptor) {
    Timer timer{acceptor.get_executor(), std::chrono::milliseconds{50}};
    co_await timer.async_wait(use_tuple);
}

}  // namespace station::net
