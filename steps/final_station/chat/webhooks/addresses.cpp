#include "addresses.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace station::chat {
namespace {

struct Network {
    std::uint32_t address;
    unsigned bits;
};
constexpr std::uint32_t dotted(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
    return a << 24 | b << 16 | c << 8 | d;
}
constexpr std::array kNotPublic{Network{dotted(0, 0, 0, 0), 8},      Network{dotted(10, 0, 0, 0), 8},
                                Network{dotted(100, 64, 0, 0), 10},  Network{dotted(127, 0, 0, 0), 8},
                                Network{dotted(169, 254, 0, 0), 16}, Network{dotted(172, 16, 0, 0), 12},
                                Network{dotted(192, 0, 0, 0), 24},   Network{dotted(192, 0, 2, 0), 24},
                                Network{dotted(192, 88, 99, 0), 24}, Network{dotted(192, 168, 0, 0), 16},
                                Network{dotted(198, 18, 0, 0), 15},  Network{dotted(198, 51, 100, 0), 24},
                                Network{dotted(203, 0, 113, 0), 24}, Network{dotted(224, 0, 0, 0), 4},
                                Network{dotted(240, 0, 0, 0), 4}};

bool is_public_v4(std::uint32_t address) {
    return std::ranges::none_of(kNotPublic, [&](const Network& network) {
        return (address ^ network.address) >> (32 - network.bits) == 0;
    });
}

bool begins_with(const std::uint8_t* bytes, std::initializer_list<int> prefix) {
    return std::equal(prefix.begin(), prefix.end(), bytes, [](int a, std::uint8_t b) { return a == b; });
}

std::uint32_t four_bytes(const std::uint8_t* bytes) { return dotted(bytes[0], bytes[1], bytes[2], bytes[3]); }

// Of what is in use today only 2000::/3 is; and some of it carries an IPv4 address, which is where it leads to.
bool is_public_v6(const std::uint8_t* bytes) {
    if (begins_with(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF})) return is_public_v4(four_bytes(bytes + 12));
    if (begins_with(bytes, {0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0})) return is_public_v4(four_bytes(bytes + 12));
    if ((bytes[0] & 0xE0) != 0x20) return false;
    if (begins_with(bytes, {0x20, 0x02})) return is_public_v4(four_bytes(bytes + 2));
    if (begins_with(bytes, {0x20, 0x01}) && bytes[2] < 2) return false;  // 2001::/23: protocols of their own
    return !begins_with(bytes, {0x20, 0x01, 0x0D, 0xB8}) && !begins_with(bytes, {0x3F, 0xFF});
}

// A copy, whatever the caller's alignment is.
template <typename Address>
Address as(const sockaddr& address) {
    Address copy;
    std::memcpy(&copy, &address, sizeof copy);
    return copy;
}

bool is_same_host(const sockaddr& a, const sockaddr& b) {
    if (a.sa_family != b.sa_family) return false;
    if (a.sa_family == AF_INET) return as<sockaddr_in>(a).sin_addr.s_addr == as<sockaddr_in>(b).sin_addr.s_addr;
    if (a.sa_family != AF_INET6) return false;
    const auto left = as<sockaddr_in6>(a);
    const auto right = as<sockaddr_in6>(b);
    return std::memcmp(&left.sin6_addr, &right.sin6_addr, sizeof left.sin6_addr) == 0;
}

}  // namespace

bool is_public(const sockaddr& address) {
    if (address.sa_family == AF_INET) return is_public_v4(ntohl(as<sockaddr_in>(address).sin_addr.s_addr));
    if (address.sa_family != AF_INET6) return false;
    return is_public_v6(as<sockaddr_in6>(address).sin6_addr.s6_addr);
}

// Who can't be asked has, for all that is known, this one.
bool is_of_this_machine(const sockaddr& address) {
    ifaddrs* all = nullptr;
    if (::getifaddrs(&all) != 0) return true;
    bool found = false;
    for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
        found = found || (one->ifa_addr != nullptr && is_same_host(*one->ifa_addr, address));
    }
    ::freeifaddrs(all);
    return found;
}

}  // namespace station::chat
