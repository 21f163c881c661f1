// Where a server listens: an address in text and a port. Kept apart from Asio, so that options can carry one cheaply.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace station::net {

struct Endpoint {
    std::string host = "127.0.0.1";  // an address, or "localhost"; names are not looked up
    std::uint16_t port = 0;          // 0: the system picks a free one
};

// 127.0.0.1:7005, [::1]:7005
std::string to_string(const Endpoint& endpoint);

// The way back, for a port that one can connect to: not 0. nullopt for anything else, names among it.
std::optional<Endpoint> parse_endpoint(std::string_view text);

// True where `host` is an address that one can listen on, as far as its spelling goes.
bool is_address(const std::string& host);

}  // namespace station::net
