#include "catch.hpp"

#include <cerrno>
#include <station/net/line_server.hpp>

namespace station::net {
namespace {

LineServer server_on(Endpoint endpoint) {
    return LineServer{{std::move(endpoint)}, [](std::string_view) { return wire::ok(); }};
}

TEST_CASE("sockets: an endpoint as text goes both ways") {
    for (const char* const text : {"127.0.0.1:7005", "[::1]:7005", "localhost:1", "0.0.0.0:65535", "some.host:7004"}) {
        const auto endpoint = parse_endpoint(text);
        REQUIRE(endpoint);
        CHECK(to_string(*endpoint) == text);
    }
    for (const char* const other :
         {"", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:80x", "127.0.0.1:-1",
          "127.0.0:80", "[name]:80", "a b:80", ":80", "127.0.0.1: 80", "[::1:80"}) {
        CAPTURE(other);
        CHECK_FALSE(parse_endpoint(other));
    }
}

TEST_CASE("endpoint: written as people write it") {
    CHECK(to_string(Endpoint{"127.0.0.1", 7005}) == "127.0.0.1:7005");
    CHECK(to_string(Endpoint{"::1", 7005}) == "[::1]:7005");
    CHECK(to_string(Endpoint{"localhost", 0}) == "localhost:0");
}

TEST_CASE("endpoint: one listens on addresses, names are not looked up for it") {
    for (const char* const address : {"127.0.0.1", "0.0.0.0", "::1", "::", "localhost", "192.0.2.1"}) {
        CHECK(is_address(address));
    }
    for (const char* const other : {"", " ", "example.org", "127.0.0", "256.0.0.1", "127.0.0.1:80", "[::1]", "1"}) {
        INFO(other);
        CHECK_FALSE(is_address(other));
    }
}

TEST_CASE("listen: port 0 becomes a real one") {
    LineServer server = server_on({"127.0.0.1", 0});
    CHECK_FALSE(server.listen());
    CHECK(server.endpoint().port != 0);
    LineServer other = server_on({"localhost", 0});
    CHECK_FALSE(other.listen());
    CHECK(other.endpoint().port != server.endpoint().port);
}

TEST_CASE("listen: a port in use is said to be in use") {
    LineServer server = server_on({"127.0.0.1", 0});
    REQUIRE_FALSE(server.listen());
    LineServer second = server_on(server.endpoint());
    CHECK(second.listen().value() == EADDRINUSE);
    CHECK(second.endpoint().port == server.endpoint().port);
}

TEST_CASE("listen: an address of another machine is refused") {
    LineServer server = server_on({"192.0.2.1", 0});
    CHECK(server.listen().value() == EADDRNOTAVAIL);
}

TEST_CASE("listen: what is no address is refused") {
    LineServer server = server_on({"no.such.address", 0});
    CHECK(server.listen());
}

}  // namespace
}  // namespace station::net
