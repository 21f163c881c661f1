#include <netdb.h>
#include <netinet/in.h>

#include <cerrno>
#include <station/base/addresses.hpp>

#include "catch.hpp"

namespace station::base {
namespace {

std::string text_of(const Address& address) {
    char host[NI_MAXHOST];
    const int error = ::getnameinfo(address.get(), address.size, host, sizeof host, nullptr, 0, NI_NUMERICHOST);
    return error == 0 ? host : ::gai_strerror(error);
}

TEST_CASE("addresses: numbers of both families, and nothing that only looks like one") {
    for (const char* const host :
         {"127.0.0.1", "0.0.0.0", "::1", "::", "192.0.2.1", "2001:db8::7", "::ffff:192.0.2.1"}) {
        CAPTURE(host);
        const auto address = parse_address(host, 7005);
        REQUIRE(address);
        CHECK(text_of(*address) == host);
        CHECK(address->port() == 7005);
        CHECK(address->family() == (std::string_view{host}.find(':') == std::string_view::npos ? AF_INET : AF_INET6));
        CHECK(is_ip_address(host));
    }
    for (const char* const other :
         {"", " ", "localhost", "example.org", "127.0.0", "127.1", "1", "0x7f.0.0.1", "256.0.0.1", "127.0.0.1:80",
          "[::1]", ":", ":::", "::1::", "::g", "1:2:3", " ::1"}) {
        CAPTURE(other);
        CHECK_FALSE(is_ip_address(other));
    }
}

TEST_CASE("addresses: names as they may be written") {
    for (const char* const name :
         {"a", "localhost", "example.org", "example.org.", "my_host", "a-b.c1", "1a", "3com.com"}) {
        CAPTURE(name);
        CHECK(is_host_name(name));
    }
    CHECK(is_host_name(std::string(63, 'a') + ".b"));
    for (const char* const other :
         {"", ".", "a..b", ".a", "a b", "a:1", "a/b", "127.0.0", "256.0.0.1", "1", "a.1", "[a]", "\xC3\xA9"}) {
        CAPTURE(other);
        CHECK_FALSE(is_host_name(other));
    }
    CHECK_FALSE(is_host_name(std::string(64, 'a')));
    std::string long_name = "a";
    while (long_name.size() <= 253) long_name += ".a";
    CHECK_FALSE(is_host_name(long_name));
}

TEST_CASE("addresses: localhost is both families to connect to, and one to listen on") {
    for (const char* const name : {"localhost", "LocalHost"}) {
        const auto addresses = resolve(name, 80);
        REQUIRE(addresses);
        REQUIRE(addresses->size() == 2);
        CHECK(text_of(addresses->front()) == "127.0.0.1");
        CHECK(text_of(addresses->back()) == "::1");
        CHECK(addresses->back().port() == 80);
        const auto listening = listening_address(name, 80);
        REQUIRE(listening);
        CHECK(text_of(*listening) == "127.0.0.1");
    }
    CHECK_FALSE(listening_address("example.org", 80));
}

TEST_CASE("addresses: an address stands for itself alone") {
    for (const char* const host : {"127.0.0.1", "::1"}) {
        const auto addresses = resolve(host, 80);
        REQUIRE(addresses);
        REQUIRE(addresses->size() == 1);
        CHECK(text_of(addresses->front()) == host);
    }
}

TEST_CASE("addresses: what can be no name is not looked up, and is an error in words") {
    for (const char* const host : {"", "no such host", "256.0.0.1", "[::1]"}) {
        const auto addresses = resolve(host, 80);
        REQUIRE_FALSE(addresses);
        CHECK(addresses.error() == std::error_code{EAI_NONAME, resolver_category()});
        CHECK(addresses.error().message() == "Name or service not known");
    }
}

TEST_CASE("addresses: of several errors the one is told that says that somebody was there") {
    CHECK(tells_more(ENETUNREACH, 0));
    CHECK(tells_more(ECONNREFUSED, EADDRNOTAVAIL));
    CHECK(tells_more(ETIMEDOUT, ENETUNREACH));
    CHECK_FALSE(tells_more(EADDRNOTAVAIL, ECONNREFUSED));
    CHECK_FALSE(tells_more(ETIMEDOUT, ECONNREFUSED));
    CHECK_FALSE(tells_more(EAFNOSUPPORT, ENETUNREACH));
}

}  // namespace
}  // namespace station::base
