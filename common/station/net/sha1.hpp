// SHA-1 as RFC 3174 describes it, for the handshake of WebSocket (RFC 6455, 4.2.2), which proves with it that a server
// has read the key, and nothing more. It is no protection against anybody: use it for nothing else.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace station::net {

std::array<std::uint8_t, 20> sha1(std::string_view bytes);

}  // namespace station::net
