#include <loadgen/hammer/socket.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <cerrno>

namespace station::hammer {

int Socket::connect(std::span<const base::Address> addresses) {
    tried_ = 0;
    told_ = 0;
    return try_next(addresses);
}

int Socket::connect_next(std::span<const base::Address> addresses, int error) {
    if (base::tells_more(error, told_)) told_ = error;
    return try_next(addresses);
}

int Socket::try_next(std::span<const base::Address> addresses) {
    while (tried_ < addresses.size()) {
        const int error = open(addresses[tried_++]);
        if (error == 0 || error == EINPROGRESS) return error;
        if (base::tells_more(error, told_)) told_ = error;
    }
    return told_;
}

int Socket::open(const base::Address& address) {
    descriptor_ = base::Descriptor{::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!descriptor_) return errno;
    const int on = 1;
    ::setsockopt(descriptor_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return ::connect(descriptor_.get(), address.get(), address.size) == 0 ? 0 : errno;
}

int Socket::error() const {
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(descriptor_.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

std::ptrdiff_t Socket::send(std::string_view bytes) {
    return ::send(descriptor_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

std::ptrdiff_t Socket::receive(std::span<char> room) { return ::recv(descriptor_.get(), room.data(), room.size(), 0); }

void Socket::shut_down_sending() { ::shutdown(descriptor_.get(), SHUT_WR); }

}  // namespace station::hammer
