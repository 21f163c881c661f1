// A TCP socket that never blocks and never raises SIGPIPE. Owns its descriptor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <station/base/addresses.hpp>
#include <station/base/descriptor.hpp>
#include <string_view>

namespace station::hammer {

class Socket {
  public:
    int descriptor() const { return descriptor_.get(); }

    // Tries the addresses in turn. 0: connected; EINPROGRESS: wait until it is writable, then ask error(); anything
    // else: no connection, and of all that failed what tells most.
    int connect(std::span<const base::Address> addresses);
    // The same with the addresses behind the one that failed with `error`. The descriptor is another one then.
    int connect_next(std::span<const base::Address> addresses, int error);
    int error() const;

    // What they moved; -1: see errno. receive() gives 0 at the end of the stream.
    std::ptrdiff_t send(std::string_view bytes);
    std::ptrdiff_t receive(std::span<char> room);

    void shut_down_sending();
    void close() { descriptor_.reset(); }

  private:
    int try_next(std::span<const base::Address> addresses);
    int open(const base::Address& address);

    base::Descriptor descriptor_;
    std::uint32_t tried_ = 0;  // of the addresses
    int told_ = 0;             // what the best of them failed with
};

}  // namespace station::hammer
