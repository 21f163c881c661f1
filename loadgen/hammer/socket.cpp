#include <loadgen/hammer/socket.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cerrno>

namespace station::hammer {

int Socket::connect(const Address& address) {
    close();
    descriptor_ = ::socket(address.get()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor_ < 0) return errno;
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return ::connect(descriptor_, address.get(), address.size) == 0 ? 0 : errno;
}

int Socket::error() const {
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

std::ptrdiff_t Socket::send(std::string_view bytes) {
    return ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

std::ptrdiff_t Socket::receive(std::span<char> room) {
    return ::recv(descriptor_, room.data(), room.size(), 0);
}

void Socket::shut_down_sending() { ::shutdown(descriptor_, SHUT_WR); }

void Socket::close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void raise_descriptor_limit(std::size_t wanted) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    if (wanted <= limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max = wanted;
    ::setrlimit(RLIMIT_NOFILE,
                &limit);  // only root may; for others the connections that don't fit fail, and say why
}

}  // namespace station::hammer
