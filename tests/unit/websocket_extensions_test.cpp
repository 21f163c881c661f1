#include "catch.hpp"

#include <station/net/websocket_extensions.hpp>
#include <string>

namespace station::net {
namespace {

using Negotiated = DeflateAnswer::Status;

std::string answer(std::string_view offers, const DeflateParameters& wanted = {}) {
    const DeflateAnswer found = negotiate_deflate(offers, wanted);
    if (found.status == Negotiated::agreed) return found.header;
    CHECK(found.header.empty());
    return found.status == Negotiated::declined ? "declined" : "malformed";
}

constexpr DeflateParameters kNothingKept{.server_no_context_takeover = true, .client_no_context_takeover = true};
constexpr DeflateParameters kSmall{.server_max_window_bits = 10, .client_max_window_bits = 11};

TEST_CASE("extensions: what is offered is had, what is wanted is added") {
    CHECK(answer("permessage-deflate") == "permessage-deflate");
    CHECK(answer("permessage-deflate; client_max_window_bits") == "permessage-deflate");
    CHECK(answer("permessage-deflate; server_no_context_takeover") == "permessage-deflate; server_no_context_takeover");
    CHECK(answer("permessage-deflate; client_no_context_takeover") == "permessage-deflate; client_no_context_takeover");
    CHECK(answer("permessage-deflate; server_max_window_bits=9; client_max_window_bits=12") ==
          "permessage-deflate; server_max_window_bits=9; client_max_window_bits=12");
    CHECK(answer("permessage-deflate; server_max_window_bits=15") == "permessage-deflate; server_max_window_bits=15");
    CHECK(answer("permessage-deflate; client_max_window_bits=8") == "permessage-deflate; client_max_window_bits=8");
    CHECK(answer("permessage-deflate; client_max_window_bits", kNothingKept) ==
          "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
    CHECK(answer("permessage-deflate; client_max_window_bits", kSmall) ==
          "permessage-deflate; server_max_window_bits=10; client_max_window_bits=11");
    CHECK(answer("permessage-deflate; server_max_window_bits=9; client_max_window_bits=9", kSmall) ==
          "permessage-deflate; server_max_window_bits=9; client_max_window_bits=9");
    CHECK(answer("permessage-deflate; server_max_window_bits=15", kSmall) ==
          "permessage-deflate; server_max_window_bits=10");
    CHECK(answer("permessage-deflate; server_max_window_bits=9, permessage-deflate") ==
          "permessage-deflate; server_max_window_bits=9");
    // A client that says nothing of its window is told nothing of it.
    CHECK(answer("permessage-deflate", kSmall) == "permessage-deflate; server_max_window_bits=10");
}

TEST_CASE("extensions: what was agreed upon is what the header says") {
    const auto found = negotiate_deflate(
        "permessage-deflate; server_no_context_takeover; server_max_window_bits=12; client_max_window_bits=10", {});
    CHECK(found.status == Negotiated::agreed);
    CHECK(found.parameters == DeflateParameters{.server_no_context_takeover = true,
                                                .client_no_context_takeover = false,
                                                .server_max_window_bits = 12,
                                                .client_max_window_bits = 10});
    CHECK(negotiate_deflate("permessage-deflate", kSmall).parameters.client_max_window_bits == 15);
}

TEST_CASE("extensions: an offer that is not understood is declined") {
    const std::string parameter =
        GENERATE("unknown", "unknown=1", "server_max_window_bits", "server_max_window_bits=7",
                 "server_max_window_bits=8",  // zlib can't
                 "server_max_window_bits=16", "server_max_window_bits=08", "server_max_window_bits=010",
                 "server_max_window_bits=ten", "server_max_window_bits=10x", "server_max_window_bits=-9",
                 "server_max_window_bits=99999999999", "client_max_window_bits=7", "client_max_window_bits=16",
                 "client_max_window_bits=0", "server_no_context_takeover=1", "client_no_context_takeover=true",
                 "client_max_window_bits; client_max_window_bits", "client_max_window_bits=9; client_max_window_bits",
                 "client_max_window_bits; client_max_window_bits=9",
                 "server_max_window_bits=9; server_max_window_bits=9",
                 "server_no_context_takeover; server_no_context_takeover",
                 "client_no_context_takeover; client_no_context_takeover", "SERVER_NO_CONTEXT_TAKEOVER");
    CAPTURE(parameter);
    CHECK(answer("permessage-deflate; " + parameter) == "declined");
    // The next one may be better.
    CHECK(answer("permessage-deflate; " + parameter + ", permessage-deflate") == "permessage-deflate");
    CHECK(answer("permessage-deflate; server_max_window_bits=9, permessage-deflate; " + parameter) ==
          "permessage-deflate; server_max_window_bits=9");
}

TEST_CASE("extensions: others are not known") {
    CHECK(answer("") == "declined");
    CHECK(answer(" , ,") == "declined");
    CHECK(answer("x-webkit-deflate-frame") == "declined");
    CHECK(answer("permessage-bzip2; level=9, permessage-deflate-2") == "declined");
    CHECK(answer("foo; bar=\"baz\" , permessage-deflate,") == "permessage-deflate");
}

TEST_CASE("extensions: spaces, tabs and quotes") {
    CHECK(answer("\tpermessage-deflate ;\tserver_max_window_bits = \"10\" ; client_max_window_bits=\"1\\2\" ") ==
          "permessage-deflate; server_max_window_bits=10; client_max_window_bits=12");
}

TEST_CASE("extensions: what is no list of extensions is malformed, wherever it goes wrong") {
    const std::string offers =
        GENERATE("permessage-deflate;", "permessage-deflate; ;", ";", "=", "permessage-deflate=1", "a b",
                 "permessage-deflate; a b", "permessage-deflate; a=", "permessage-deflate; a=\"", "a; b=\"\"",
                 "a; b=\" 10\"", "a; b=\"10 \"", "a; b=\"x\" y", "a; b=\"1\\", "a; b=\"a,b\"", "a; b=(c)",
                 "permessage-deflate, \"quoted\"", "permessage-deflate, b;", "a/b", "permessage-deflate; a==b", "\x80");
    CAPTURE(offers);
    CHECK(answer(offers) == "malformed");
}

TEST_CASE("extensions: all headers of a request are one list") {
    HttpRequest request;
    CHECK(extension_offers(request).empty());
    request.headers = {{"sec-websocket-extensions", "foo"}, {"host", "x"}, {"sec-websocket-extensions", "bar; a=1"}};
    CHECK(extension_offers(request) == "foo, bar; a=1");
}

}  // namespace
}  // namespace station::net
