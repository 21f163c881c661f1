// A TCP socket that never blocks and never raises SIGPIPE. Owns its descriptor.
#pragma once

#include <cstddef>
#include <loadgen/hammer/address.hpp>
#include <span>
#include <string_view>
#include <utility>

namespace station::hammer {

class Socket {
  public:
    Socket() = default;
    Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    Socket& operator=(Socket&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~Socket() { close(); }

    int descriptor() const { return descriptor_; }

    // 0: connected; EINPROGRESS: wait until it is writable, then ask error(); anything else: no connection.
    int connect(const Address& address);
    int error() const;

    // What they moved; -1: see errno. receive() gives 0 at the end of the stream.
    std::ptrdiff_t send(std::string_view bytes);
    std::ptrdiff_t receive(std::span<char> room);

    void shut_down_sending();
    void close();

  private:
    int descriptor_ = -1;
};

// As many descriptors as this process may have, and `wanted` where it may ask for more.
void raise_descriptor_limit(std::size_t wanted);

}  // namespace station::hammer
