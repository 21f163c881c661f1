// Where a peer is, and what a host's name stands for. A name may stand for several addresses, of IPv4 and of IPv6: who
// connects tries one after the other (RFC 6724 has sorted them), since a server may listen on one of them only.
// "localhost" is never looked up: to connect to, it is 127.0.0.1 and ::1; to listen on, 127.0.0.1. Any thread.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <tl/expected.hpp>
#include <vector>

namespace station::base {

// As connect() and bind() want it.
struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;

    int family() const { return storage.ss_family; }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    std::uint16_t port() const;
};

// 127.0.0.1, ::1 or fe80::1%eth0; no name, no short form (127.1), no brackets.
std::optional<Address> parse_address(const std::string& host, std::uint16_t port);
bool is_ip_address(const std::string& host);

// A name as it may stand in a command: labels of letters, digits, - and _ with dots between them, the last one not only
// digits, so that a mistyped address is no name.
bool is_host_name(std::string_view host);

// To listen on: an address, or "localhost".
std::optional<Address> listening_address(const std::string& host, std::uint16_t port);

// To connect to: one or more, in the order in which to try them. Blocks while a name is looked up (getaddrinfo), for
// seconds where the resolver does not answer. Errors are those of resolver_category(), or the system's.
tl::expected<std::vector<Address>, std::error_code> resolve(const std::string& host, std::uint16_t port);

// The numbers of getaddrinfo (EAI_NONAME, …).
const std::error_category& resolver_category() noexcept;

// Of several attempts that failed one error is told: the first of those that say that somebody was reached. What says
// that there is no way there (no IPv6 on this machine, say) tells less.
bool tells_more(int error, int than);

}  // namespace station::base
