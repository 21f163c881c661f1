#include "catch.hpp"

#include <station/net/deflate.hpp>
#include <station/net/http_coding.hpp>
#include <string>
#include <string_view>

namespace station::net {
namespace {

using namespace std::string_literals;

constexpr std::size_t kHeadSize = 10;
constexpr std::size_t kMostExpanded = std::size_t{1} << 20;

bool prefers(std::string_view accepted) {
    HttpRequest request;
    request.headers = {{"host", "a"}, {"accept-encoding", std::string{accepted}}};
    return prefers_gzip(request);
}

std::string expanded(std::string_view bare) {
    Inflater inflater;
    std::string out;
    CHECK(inflater.add(bare, out, kMostExpanded) == Inflater::Result::ok);
    CHECK(inflater.between_blocks());
    return out;
}

TEST_CASE("http coding: gzip is preferred where it is accepted, and nothing is more") {
    CHECK_FALSE(prefers_gzip(HttpRequest{}));
    for (const auto* accepted : {"gzip", "GZip", "x-gzip", "deflate, gzip, br", "br;q=1.0,gzip;q=0.8", "gzip ; q=0.001",
                                 "gzip;Q=1.000", "*", "*;q=0.1", "gzip, identity;q=0", "gzip;q=1, *;q=0", ",gzip,",
                                 "gzip;q=0.5, identity;q=0.5", "gzip;q=1.", "gzip, identity;q=0.999"}) {
        INFO(accepted);
        CHECK(prefers(accepted));
    }
    for (const auto* accepted :
         {"", "identity", "br, deflate", "gzip;q=0", "gzip;q=0.000", "*, gzip;q=0", "*;q=0", "identity;q=0",
          "gzip;q=0.5, identity", "gzip;q=0.5, *", "gzip;q=0.499, identity;q=0.5", "gzipped", "gzip deflate"}) {
        INFO(accepted);
        CHECK_FALSE(prefers(accepted));
    }
}

TEST_CASE("http coding: a weight that can't be read counts for nothing") {
    for (const auto* weight : {"", "q", "q=", "q=2", "q=1.001", "q=1.1", "q=0.0001", "q=-1", "q=.5", "q=0,5", "q=0x",
                               "q=0.x", "x=1", "q=1;q=1", "q =1"}) {
        INFO(weight);
        CHECK_FALSE(prefers("gzip;"s + weight));
    }
}

TEST_CASE("http coding: a header in several lines is one list") {
    HttpRequest request;
    request.headers = {{"accept-encoding", "br"}, {"accept-encoding", "gzip"}};
    CHECK(prefers_gzip(request));
}

TEST_CASE("http coding: each piece of gzip can be read once it is there") {
    GzipPieces pieces;
    std::string out;
    std::string text;
    pieces.add({}, out);
    CHECK(out.empty());
    for (const auto* piece : {"one", "one", "one and two"}) {
        pieces.add(piece, out);
        text += piece;
        CHECK(out.starts_with("\x1f\x8b\x08\0\0\0\0\0\x04\xff"s));
        CHECK(expanded(std::string_view{out}.substr(kHeadSize)) == text);
    }
    const std::size_t before = out.size();
    pieces.finish(out);
    // A final block without a byte, the CRC-32 of "oneoneone and two" and its length (RFC 1952, 2.3).
    CHECK(out.substr(before) == "\x03\0"s +
                                    "\x37"
                                    "\x17"
                                    "\xeb"
                                    "\x54"s +
                                    "\x11\0\0\0"s);
}

TEST_CASE("http coding: streams of one thread do not see each other") {
    GzipPieces a;
    GzipPieces b;
    std::string of_a;
    std::string of_b;
    for (int i = 0; i < 3; ++i) {
        a.add("a's own words", of_a);
        b.add("b's own words, and a's own words", of_b);
    }
    CHECK(expanded(std::string_view{of_a}.substr(kHeadSize)) == "a's own wordsa's own wordsa's own words");
    CHECK(of_a.size() < of_b.size());
}

TEST_CASE("http coding: nothing is a whole stream, too") {
    std::string out;
    GzipPieces{}.finish(out);
    CHECK(out == "\x1f\x8b\x08\0\0\0\0\0\x04\xff\x03\0\0\0\0\0\0\0\0\0"s);
}

}  // namespace
}  // namespace station::net
