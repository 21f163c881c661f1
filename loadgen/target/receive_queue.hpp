// How much of what a client sent its server has not read yet: the kernel knows, for both ends of a connection
// on the same machine (sock_diag(7), as `ss` uses it).
#pragma once

#include <cstdint>
#include <optional>
#include <station/base/descriptor.hpp>

namespace station::target {

// A netlink socket to ask on; without one where the system has no such thing.
base::Descriptor open_diagnosis();

// Bytes that wait in the receive queue of the socket at 127.0.0.1:`server_port` that is connected to
// 127.0.0.1:`client_port`. nullopt where there is no such socket, or the kernel does not say.
std::optional<std::uint32_t> unread_bytes(const base::Descriptor& diagnosis, std::uint16_t server_port,
                                          std::uint16_t client_port);

}  // namespace station::target
