#include "socket.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace station::peers {
namespace {

constexpr int kBacklog = 4096;
constexpr std::size_t kLongestAnswer = 65536;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

}  // namespace

void throw_errno(const char* what) { throw std::system_error{errno, std::generic_category(), what}; }

void Socket::send_all(std::string_view bytes) const {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) throw_errno("send");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::string Socket::receive_until(std::string_view end) const {
    std::string answer;
    while (!answer.ends_with(end)) {
        char byte = 0;
        const ssize_t received = ::recv(get(), &byte, 1, 0);
        if (received < 0 && errno == EINTR) continue;
        if (received < 0) throw_errno("receive");
        if (received == 0 || answer.size() == kLongestAnswer) throw std::runtime_error{"no handshake: " + answer};
        answer.push_back(byte);
    }
    return answer;
}

void Socket::make_nonblocking() const {
    if (::fcntl(get(), F_SETFL, O_NONBLOCK) != 0) throw_errno("fcntl");
}

void send_at_once(int descriptor) {
    const int on = 1;
    if (::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) throw_errno("TCP_NODELAY");
}

Socket connect_to_loopback(std::uint16_t port) {
    Socket socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const sockaddr_in address = loopback(port);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw_errno("connect");
    }
    send_at_once(socket.get());
    return socket;
}

Socket listen_on_loopback(std::uint16_t& port) {
    Socket listener{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    sockaddr_in address = loopback(port);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener.get(), any, size) != 0) throw_errno("bind");
    if (::listen(listener.get(), kBacklog) != 0) throw_errno("listen");
    if (::getsockname(listener.get(), any, &size) != 0) throw_errno("getsockname");
    port = ntohs(address.sin_port);
    return listener;
}

void watch(const Socket& epoll, int descriptor, bool writable, bool known) {
    epoll_event event{};
    event.events = EPOLLIN | (writable ? EPOLLOUT : 0U);
    event.data.fd = descriptor;
    if (::epoll_ctl(epoll.get(), known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, descriptor, &event) != 0) throw_errno("epoll");
}

}  // namespace station::peers
