// The target as connect() wants it.
#pragma once

#include <sys/socket.h>
#include <optional>
#include <station/net/endpoint.hpp>

namespace station::hammer {

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;

    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// nullopt where the host is neither an address nor "localhost".
std::optional<Address> to_address(const net::Endpoint& endpoint);

}  // namespace station::hammer
