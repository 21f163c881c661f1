#include "fake_server.hpp"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace station::test {
namespace {

int bind_to_any_port(net::Endpoint& endpoint) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        throw std::system_error(errno, std::generic_category(), "bind");
    }
    endpoint.port = ntohs(address.sin_port);
    return descriptor;
}

}  // namespace

Peer::~Peer() { ::close(descriptor_); }

std::optional<std::string> Peer::read_line() {
    while (true) {
        const std::size_t end = received_.find('\n');
        if (end != std::string::npos) {
            std::string line = received_.substr(0, end);
            received_.erase(0, end + 1);
            return line;
        }
        std::array<char, 65536> bytes;
        const ssize_t count = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
        if (count <= 0) return std::nullopt;
        received_.append(bytes.data(), static_cast<std::size_t>(count));
    }
}

void Peer::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

int Peer::unacknowledged() const {
    int bytes = 0;
    ::ioctl(descriptor_, SIOCOUTQ, &bytes);
    return bytes;
}

void Peer::reset_on_close() {
    const linger at_once{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

FakeServer::FakeServer(Serve serve, Serving serving)
    : serve_(std::move(serve)), serving_(serving), listener_(bind_to_any_port(endpoint_)) {
    if (::listen(listener_, SOMAXCONN) != 0) throw std::system_error(errno, std::generic_category(), "listen");
    acceptor_ = std::jthread{[this] { accept(); }};
}

FakeServer::~FakeServer() {
    {
        const std::lock_guard lock{mutex_};
        ending_ = true;
        for (const int descriptor : open_) ::shutdown(descriptor, SHUT_RDWR);
    }
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    sessions_.clear();
    ::close(listener_);
}

void FakeServer::accept() {
    while (true) {
        const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (descriptor < 0) return;
        const int on = 1;
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const std::size_t number = accepted_++;
        if (serving_ == Serving::one_at_a_time) {
            serve(descriptor, number);
        } else {
            sessions_.emplace_back([this, descriptor, number] { serve(descriptor, number); });
        }
    }
}

void FakeServer::serve(int descriptor, std::size_t number) {
    Peer peer{descriptor, number};
    {
        const std::lock_guard lock{mutex_};
        if (ending_) return;
        open_.push_back(descriptor);
    }
    serve_(peer);
    const std::lock_guard lock{mutex_};
    std::erase(open_, descriptor);
}

DeafPort::DeafPort() : descriptor_(bind_to_any_port(endpoint_)) {}
DeafPort::~DeafPort() { ::close(descriptor_); }

}  // namespace station::test
