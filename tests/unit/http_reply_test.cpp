#include "catch.hpp"
#include "splits.hpp"

#include <station/net/http_reply.hpp>
#include <string>
#include <string_view>

namespace station::net {
namespace {

// Everything that is to be seen of one reply.
struct Read {
    int status = 0;
    std::string body;
    std::size_t taken = 0;
    bool has_status = false, complete = false, failed = false;
    bool operator==(const Read&) const = default;
};

enum class Stream { goes_on, ends };

Read read_in(const test::Pieces& pieces, Stream stream, bool to_head) {
    Read read;
    HttpReply reply{[&](std::string_view piece) { read.body += piece; }, to_head};
    for (const auto piece : pieces) read.taken += reply.feed(piece);
    if (stream == Stream::ends) reply.end_of_stream();
    read.has_status = reply.has_status();
    read.status = reply.has_status() ? reply.status() : 0;
    read.complete = reply.complete();
    read.failed = reply.failed();
    if (read.failed) read.taken = 0;  // how much that was is the cuts' affair
    return read;
}

Read read(const std::string& bytes, Stream stream = Stream::goes_on, bool to_head = false) {
    CAPTURE(bytes);
    const Read whole = read_in({bytes}, stream, to_head);
    test::for_every_split(bytes,
                          [&](const test::Pieces& pieces) { REQUIRE(read_in(pieces, stream, to_head) == whole); });
    return whole;
}

TEST_CASE("reply: a body of known length") {
    const Read seen = read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhellonext");
    CHECK(seen.complete);
    CHECK(seen.status == 200);
    CHECK(seen.body == "hello");
    CHECK(seen.taken == 43);
    CHECK(read("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").complete);
    CHECK_FALSE(read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell").complete);
    CHECK(read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", Stream::ends).failed);
}

TEST_CASE("reply: a body in chunks") {
    const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    const Read seen = read(head + "5\r\nhello\r\n3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\nnext");
    CHECK(seen.complete);
    CHECK(seen.body == "helloabc");
    CHECK(read(head + "5\r\nhello\r\n", Stream::ends).failed);
    CHECK(read(head + "5\r\nhello\r\n", Stream::ends).body == "hello");
    CHECK(read(head + "5\r\nhelloo").failed);
}

TEST_CASE("reply: a body that ends with the stream") {
    const Read going_on = read("HTTP/1.0 200 OK\r\n\r\nsome");
    CHECK_FALSE(going_on.complete);
    CHECK(going_on.has_status);
    const Read ended = read("HTTP/1.0 200 OK\r\n\r\nsome", Stream::ends);
    CHECK(ended.complete);
    CHECK(ended.body == "some");
    CHECK(read("HTTP/1.1 200", Stream::ends).failed);
    CHECK(read("HTTP/1.1 200 OK\r\n", Stream::ends).failed);
}

TEST_CASE("reply: one that has no body, whatever its headers say") {
    const std::string length = "Content-Length: 5\r\n\r\n";
    for (const std::string status : {"204 No Content", "304 Not Modified"}) {
        const Read seen = read("HTTP/1.1 " + status + "\r\n" + length + "next!");
        CHECK(seen.complete);
        CHECK(seen.body.empty());
    }
    CHECK(read("HTTP/1.1 200 OK\r\n" + length, Stream::goes_on, true).complete);
    const std::string upgraded =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    CHECK(read(upgraded + "\x81\x02hi").taken == upgraded.size());
}

TEST_CASE("reply: interim ones are passed over") {
    const Read seen = read(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nContent-Length: 9\r\n\r\n"
        "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}");
    CHECK(seen.complete);
    CHECK(seen.status == 201);
    CHECK(seen.body == "{}");
    CHECK_FALSE(read("HTTP/1.1 100 Continue\r\n\r\n").has_status);
    HttpReply reply{[](std::string_view) {}};
    reply.feed("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200\r\nX:  b \r\nx: c\r\n\r\n");
    CHECK(reply.header("link").empty());
    CHECK(reply.header("x") == "b");
}

TEST_CASE("reply: what is no HTTP, or could be read in two ways, fails") {
    for (const std::string line :
         {"SSH-2.0-OpenSSH_9.2", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1 2000 OK", "HTTP/1.1 099 Low",
          "HTTP/1.1 2x0 OK", "HTTP/1.1  200 OK", "HTTP/2 200", "HTTP/2.0 200 OK", "http/1.1 200 OK", "ICE/1.0 200 OK",
          "HTTP/1.1\t200 OK", "HTTP/1.1 +20 OK"}) {
        CHECK(read(line + "\r\n\r\n").failed);
    }
    for (const std::string headers :
         {"Content-Length: 5\r\nContent-Length: 5\r\n", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
          "Content-Length: -5\r\n", "Content-Length: 5, 5\r\n", "Content-Length: 0x5\r\n", "Content-Length:\r\n",
          "Content-Length: 99999999999999999999\r\n", "Transfer-Encoding: gzip\r\n",
          "Transfer-Encoding: chunked, gzip\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
          "X : a\r\n", " X: a\r\n", "X: a\r\n b\r\n", "X: a\nY: b\r\n", "X\r\n", "X: a\x01\r\n"}) {
        CHECK(read("HTTP/1.1 200 OK\r\n" + headers + "\r\n").failed);
    }
    for (const std::string status : {"100 Continue", "101 Switching Protocols", "204 No Content", "304 Not Modified"}) {
        CHECK(read("HTTP/1.1 " + status + "\r\nContent-Length: x\r\n\r\n").failed);
    }
    CHECK(read("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").failed);
    CHECK(read("HTTP/1.1 200 OK\n\n").failed);
    CHECK(read("\x16\x03\x01").failed);
}

TEST_CASE("reply: no head is larger than the limit") {
    const std::string head = "HTTP/1.1 200 OK\r\n";
    const auto fails = [](const std::string& bytes) { return read_in({bytes}, Stream::goes_on, false).failed; };
    CHECK(fails("HTTP/1.1 200 " + std::string(8192, 'a')));
    CHECK(fails(head + "X: " + std::string(65536, 'a')));
    CHECK_FALSE(fails(head + "X: " + std::string(65000, 'a')));
    std::string many = head;
    for (int i = 0; i < 257; ++i) many += "X: a\r\n";
    CHECK(fails(many));
    CHECK_FALSE(fails(many.substr(0, many.size() - 6)));
}

}  // namespace
}  // namespace station::net
