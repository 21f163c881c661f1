#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <station/base/addresses.hpp>
#include <station/base/text.hpp>

namespace station::base {
namespace {

constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestLabel = 63;

struct FreeAddrinfo {
    void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};
using AddrinfoList = std::unique_ptr<addrinfo, FreeAddrinfo>;

class ResolverCategory final : public std::error_category {
  public:
    const char* name() const noexcept override { return "resolver"; }
    std::string message(int error) const override { return ::gai_strerror(error); }
};

Address address_of(const void* socket_address, std::size_t size) {
    Address address;
    std::memcpy(&address.storage, socket_address, size);
    address.size = static_cast<socklen_t>(size);
    return address;
}

bool is_localhost(std::string_view host) { return equal_in_either_case(host, "localhost"); }

tl::expected<AddrinfoList, std::error_code> look_up(const std::string& host, std::uint16_t port, int flags) {
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
    if (error == EAI_SYSTEM) return tl::unexpected(std::error_code{errno, std::generic_category()});
    if (error != 0) return tl::unexpected(std::error_code{error, resolver_category()});
    return AddrinfoList{found};
}

bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= kLongestLabel &&
           std::ranges::all_of(label, [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; });
}

}  // namespace

std::uint16_t Address::port() const {
    if (family() == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
}

std::optional<Address> parse_address(const std::string& host, std::uint16_t port) {
    sockaddr_in v4{};
    if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        return address_of(&v4, sizeof v4);
    }
    // inet_pton() knows no scope, and getaddrinfo() takes IPv4 in forms that nobody means.
    if (host.find(':') == std::string::npos) return std::nullopt;
    const auto found = look_up(host, port, AI_NUMERICHOST);
    if (!found) return std::nullopt;
    return address_of((*found)->ai_addr, (*found)->ai_addrlen);
}

bool is_ip_address(const std::string& host) { return parse_address(host, 0).has_value(); }

bool is_host_name(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);  // the root's own dot
    if (host.empty() || host.size() > kLongestName) return false;
    std::string_view label;
    for (std::size_t begin = 0; begin <= host.size(); begin += label.size() + 1) {
        label = host.substr(begin, host.find('.', begin) - begin);
        if (!is_label(label)) return false;
    }
    return !std::ranges::all_of(label, is_digit);
}

std::optional<Address> listening_address(const std::string& host, std::uint16_t port) {
    return parse_address(is_localhost(host) ? "127.0.0.1" : host, port);
}

tl::expected<std::vector<Address>, std::error_code> resolve(const std::string& host, std::uint16_t port) {
    std::vector<Address> addresses;
    if (is_localhost(host)) {
        for (const char* const one : {"127.0.0.1", "::1"}) addresses.push_back(*parse_address(one, port));
        return addresses;
    }
    if (const auto address = parse_address(host, port)) return std::vector{*address};
    if (!is_host_name(host)) return tl::unexpected(std::error_code{EAI_NONAME, resolver_category()});
    const auto found = look_up(host, port, 0);
    if (!found) return tl::unexpected(found.error());
    for (const addrinfo* one = found->get(); one != nullptr; one = one->ai_next) {
        if (one->ai_family != AF_INET && one->ai_family != AF_INET6) continue;
        addresses.push_back(address_of(one->ai_addr, one->ai_addrlen));
    }
    if (addresses.empty()) return tl::unexpected(std::error_code{EAI_NONAME, resolver_category()});
    return addresses;
}

const std::error_category& resolver_category() noexcept {
    static const ResolverCategory category;
    return category;
}

bool tells_more(int error, int than) {
    const auto no_way = [](int one) {
        return one == 0 || one == EADDRNOTAVAIL || one == EAFNOSUPPORT || one == ENETUNREACH || one == EHOSTUNREACH;
    };
    return than == 0 || (no_way(than) && !no_way(error));
}

}  // namespace station::base
