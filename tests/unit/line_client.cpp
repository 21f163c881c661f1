#include "line_client.hpp"

#include "gate.hpp"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <station/base/addresses.hpp>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

namespace station::test {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

void wait_for(int socket, short events) {
    pollfd waiting{socket, events, 0};
    const auto patience = std::chrono::milliseconds{kPatience}.count();
    if (::poll(&waiting, 1, static_cast<int>(patience)) != 1) throw std::runtime_error("the server keeps us waiting");
}

// The connected socket, or -1 with errno.
int try_connect(const net::Endpoint& server, int receive_buffer) {
    const auto address = base::resolve(server.host, server.port).value().front();
    const int socket = ::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) fail("socket");
    if (receive_buffer > 0) ::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    const int yes = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (::connect(socket, address.get(), address.size) == 0) return socket;
    const int error = errno;
    ::close(socket);
    errno = error;
    return -1;
}

}  // namespace

LineClient::LineClient(const net::Endpoint& server, int receive_buffer) : socket_(try_connect(server, receive_buffer)) {
    if (socket_ < 0) fail("connect");
}

LineClient::LineClient(LineClient&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      received_(std::move(other.received_)),
      begin_(other.begin_),
      was_reset_(other.was_reset_) {}

LineClient::~LineClient() {
    if (socket_ >= 0) ::close(socket_);
}

bool LineClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = try_send(bytes);
        if (!sent) return false;
        if (*sent == 0) wait_for(socket_, POLLOUT);
        bytes.remove_prefix(*sent);
    }
    return true;
}

std::optional<std::size_t> LineClient::try_send(std::string_view bytes) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno == EAGAIN) return 0;
    if (errno == EPIPE || errno == ECONNRESET) return std::nullopt;
    fail("send");
}

void LineClient::wait_until_delivered() {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    for (int left = 1; left > 0;) {
        if (::ioctl(socket_, SIOCOUTQ, &left) != 0) fail("ioctl");
        if (std::chrono::steady_clock::now() > until) throw std::runtime_error("the server's kernel takes nothing");
        if (left > 0) std::this_thread::yield();
    }
}

void LineClient::half_close() { ::shutdown(socket_, SHUT_WR); }

void LineClient::reset() {
    const linger abort{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    ::close(std::exchange(socket_, -1));
}

bool LineClient::fill() {
    wait_for(socket_, POLLIN);
    std::array<char, 65536> block;
    const auto received = ::recv(socket_, block.data(), block.size(), 0);
    if (received < 0 && errno != ECONNRESET) fail("recv");
    was_reset_ = was_reset_ || received < 0;
    if (received <= 0) return false;
    received_.erase(0, begin_);
    begin_ = 0;
    received_.append(block.data(), static_cast<std::size_t>(received));
    return true;
}

std::optional<std::string> LineClient::line() {
    auto end = received_.find('\n', begin_);
    while (end == std::string::npos) {
        if (!fill()) return std::nullopt;
        end = received_.find('\n', begin_);
    }
    std::string line = received_.substr(begin_, end - begin_);
    begin_ = end + 1;
    return line;
}

std::vector<std::string> LineClient::lines(std::size_t count) {
    std::vector<std::string> lines;
    while (lines.size() < count) {
        auto next = line();
        if (!next) break;
        lines.push_back(std::move(*next));
    }
    return lines;
}

std::string LineClient::rest() {
    while (fill()) continue;
    std::string rest = received_.substr(begin_);
    begin_ = received_.size();
    return rest;
}

bool is_refused(const net::Endpoint& server) {
    const int socket = try_connect(server, 0);
    if (socket < 0) return errno == ECONNREFUSED;
    ::close(socket);
    return false;
}

}  // namespace station::test
