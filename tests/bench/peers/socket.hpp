// A socket that closes itself, and the few blocking calls of a handshake. Throws std::system_error: a load client or
// yardstick that loses its socket can't go on.
#pragma once

#include <cstdint>
#include <station/base/descriptor.hpp>
#include <string>
#include <string_view>

namespace station::peers {

class Socket {
  public:
    Socket() = default;
    explicit Socket(int descriptor) : descriptor_{descriptor} {}

    int get() const { return descriptor_.get(); }

    void send_all(std::string_view bytes) const;
    // Everything up to and with `end`, and not a byte more.
    std::string receive_until(std::string_view end) const;
    void make_nonblocking() const;

  private:
    base::Descriptor descriptor_;
};

[[noreturn]] void throw_errno(const char* what);
void send_at_once(int descriptor);  // TCP_NODELAY
Socket connect_to_loopback(std::uint16_t port);
// Any free port where `port` is 0; non-blocking.
Socket listen_on_loopback(std::uint16_t& port);

// What epoll is to say about a socket: that it can be read and, where asked, that it can be written.
void watch(const Socket& epoll, int descriptor, bool writable, bool known);

}  // namespace station::peers
