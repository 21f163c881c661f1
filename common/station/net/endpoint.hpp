// Where a server listens, or is to be found: a host and a port. Kept apart from Asio, so that options can carry one
// cheaply.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace station::net {

struct Endpoint {
    std::string host = "127.0.0.1";  // an address or "localhost"; to connect to, any name (base/addresses.hpp)
    std::uint16_t port = 0;          // 0: the system picks a free one
};

// 127.0.0.1:7005, [::1]:7005
std::string to_string(const Endpoint& endpoint);

// The way back, for what one can connect to: an address or a host's name, and a port that is not 0; nullopt for
// anything else. Names are not looked up here.
std::optional<Endpoint> parse_endpoint(std::string_view text);

// True where `host` is an address that one can listen on, or "localhost", as far as its spelling goes.
bool is_address(const std::string& host);

}  // namespace station::net
