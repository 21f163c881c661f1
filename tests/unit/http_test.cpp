#include "catch.hpp"
#include "splits.hpp"

#include <station/net/http.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace station::net {
namespace {

using namespace std::string_literals;
using Status = HttpParser::Status;
using Pairs = std::vector<std::pair<std::string, std::string>>;

// Everything that is to be seen of one request.
struct Parsed {
    Status status = Status::incomplete;
    int error = 0;
    std::string method, path, body;
    Pairs query, headers;
    bool http_1_0 = false, keep_alive = false, expects_continue = false;
    std::string rest;  // what was not taken
    int headers_told = 0;
    bool operator==(const Parsed&) const = default;
};

Parsed seen_in(const test::Pieces& pieces, const HttpLimits& limits) {
    HttpParser parser{limits};
    Parsed seen;
    for (auto piece : pieces) {
        while (!piece.empty() && parser.status() != Status::complete && parser.status() != Status::failed) {
            piece.remove_prefix(parser.feed(piece));
            seen.headers_told += parser.status() == Status::headers_complete ? 1 : 0;
        }
        seen.rest += piece;
    }
    seen.status = parser.status();
    if (seen.status == Status::failed) {
        seen.error = parser.error_status();
        CHECK(std::string{parser.error_text()} != "");
        seen.rest.clear();
        seen.headers_told = 0;
        return seen;
    }
    const HttpRequest& request = parser.request();
    seen.method = request.method;
    seen.path = request.path;
    seen.body = request.body;
    seen.query = request.query;
    seen.headers = request.headers;
    seen.http_1_0 = request.http_1_0;
    seen.keep_alive = request.keep_alive;
    seen.expects_continue = request.expects_continue;
    return seen;
}

Parsed parsed(const std::string& bytes, const HttpLimits& limits = {}) {
    const Parsed whole = seen_in({bytes}, limits);
    test::for_every_split(bytes, [&](const test::Pieces& pieces) { REQUIRE(seen_in(pieces, limits) == whole); });
    return whole;
}

int error_of(const std::string& bytes, const HttpLimits& limits = {}) {
    CAPTURE(bytes);
    const Parsed seen = parsed(bytes, limits);
    CHECK(seen.status == Status::failed);
    return seen.error;
}

std::string get(const std::string& headers, const std::string& target = "/") {
    return "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n";
}
std::string post(const std::string& headers, const std::string& body) {
    return "POST / HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n" + body;
}
std::string chunked(const std::string& body) { return post("Transfer-Encoding: chunked\r\n", body); }

TEST_CASE("http: a plain request") {
    const Parsed seen =
        parsed("GET /a/b?x=1 HTTP/1.1\r\nHost: localhost:9000\r\nAccept:  text/html\t \r\nX-Empty:\r\n\r\nnext");
    CHECK(seen.status == Status::complete);
    CHECK(seen.method == "GET");
    CHECK(seen.path == "/a/b");
    CHECK(seen.query == Pairs{{"x", "1"}});
    CHECK(seen.headers == Pairs{{"host", "localhost:9000"}, {"accept", "text/html"}, {"x-empty", ""}});
    CHECK(seen.keep_alive);
    CHECK_FALSE(seen.http_1_0);
    CHECK(seen.rest == "next");
    CHECK(seen.headers_told == 0);
}

TEST_CASE("http: a body of known length") {
    const Parsed seen = parsed(post("Content-Length: 5\r\nExpect: 100-continue\r\n", "helloGET /"));
    CHECK(seen.status == Status::complete);
    CHECK(seen.body == "hello");
    CHECK(seen.expects_continue);
    CHECK(seen.headers_told == 1);
    CHECK(seen.rest == "GET /");
    CHECK(parsed(post("Content-Length: 0\r\n", "")).status == Status::complete);
    CHECK(parsed(post("", "")).status == Status::complete);
    CHECK(parsed(post("Content-Length: 5\r\n", "hell")).status == Status::incomplete);
    CHECK(parsed(post("Content-Length: 005\r\n", "hello")).body == "hello");
}

TEST_CASE("http: a body in chunks") {
    const Parsed seen = parsed(chunked(
        "5\r\nhello\r\n00a;name=\"v\"\r\n0123456789\r\n0\r\nX-Trailer: dropped\r\nContent-Length: 99\r\n\r\nnext"));
    CHECK(seen.status == Status::complete);
    CHECK(seen.body == "hello0123456789");
    CHECK(seen.headers == Pairs{{"host", "h"}, {"transfer-encoding", "chunked"}});
    CHECK(seen.rest == "next");
    CHECK(seen.headers_told == 1);
    CHECK(parsed(chunked("0\r\n\r\n")).status == Status::complete);
    CHECK(parsed(post("Transfer-Encoding: CHUNKED\r\n", "1\r\nx\r\n0\r\n\r\n")).body == "x");
    CHECK(parsed(chunked("1\r\nx\r\n")).status == Status::incomplete);
}

TEST_CASE("http: requests one after another") {
    HttpParser parser;
    std::string bytes = get("", "/1") + "\r\n" + post("Content-Length: 2\r\n", "ab") + get("", "/3");
    std::string_view left = bytes;
    std::string paths;
    std::string bodies;
    while (!left.empty()) {
        left.remove_prefix(parser.feed(left));
        if (parser.status() != Status::complete) continue;
        paths += parser.request().path;
        bodies += parser.request().body;
        CHECK(parser.feed("GET") == 0);
        parser.next();
        CHECK_FALSE(parser.inside_request());
    }
    CHECK(paths == "/1//3");
    CHECK(bodies == "ab");
}

TEST_CASE("http: says whether a request is under way") {
    HttpParser parser;
    CHECK_FALSE(parser.inside_request());
    parser.feed("\r\n");
    CHECK_FALSE(parser.inside_request());
    parser.feed("G");
    CHECK(parser.inside_request());
    parser.feed("ET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n");
    CHECK(parser.status() == Status::headers_complete);
    CHECK(parser.inside_request());
    HttpParser moved{std::move(parser)};
    moved.feed("x");
    CHECK(moved.status() == Status::complete);
    CHECK_FALSE(moved.inside_request());
    CHECK(moved.request().body == "x");
}

TEST_CASE("http: the connection is kept by version and wish") {
    CHECK(parsed(get("")).keep_alive);
    CHECK_FALSE(parsed(get("Connection: Close\r\n")).keep_alive);
    CHECK_FALSE(parsed(get("Connection: x, close\r\n")).keep_alive);
    const Parsed old = parsed("GET / HTTP/1.0\r\n\r\n");
    CHECK(old.http_1_0);
    CHECK_FALSE(old.keep_alive);
    CHECK(parsed("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive);
    CHECK_FALSE(parsed("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").expects_continue);
}

TEST_CASE("http: paths and queries are decoded") {
    CHECK(parsed(get("", "/a%20b+c%C3%A4")).path == "/a b+c\xC3\xA4");
    CHECK(parsed(get("", "/?a=1&b=%26%3d&&c&=d&e=x+y%2B&f=1=2")).query ==
          Pairs{{"a", "1"}, {"b", "&="}, {"c", ""}, {"", "d"}, {"e", "x y+"}, {"f", "1=2"}});
    CHECK(parsed(get("", "/p?")).query.empty());
    CHECK(parsed(get("", "http://host:80/x?y=z")).path == "/x");
    CHECK(parsed(get("", "http://host")).path == "/");
    CHECK(parsed("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").path == "*");
    for (const std::string target : {"/%", "/%2", "/%zz", "/%0g", "/%00", "/%+1", "/?a=%", "/?%x=1"}) {
        CHECK(error_of(get("", target)) == 400);
    }
}

TEST_CASE("http: an upgrade ends with its headers") {
    const Parsed seen = parsed(
        get("Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n") + "\x81\x80mask");
    CHECK(seen.status == Status::complete);
    CHECK(seen.rest == "\x81\x80mask");
    HttpParser parser;
    parser.feed(get("Connection: keep-alive, Upgrade\r\nConnection: x\r\nUpgrade: WebSocket\r\n"));
    CHECK(parser.request().wants_websocket());
    CHECK(parser.request().has_token("connection", "upgrade"));
    CHECK(parser.request().has_token("connection", "X"));
    CHECK_FALSE(parser.request().has_token("connection", "keep"));
    CHECK_FALSE(parser.request().has_token("upgrade", ""));
    CHECK(parser.request().has_exact_token("connection", "Upgrade"));
    CHECK_FALSE(parser.request().has_exact_token("connection", "upgrade"));
    CHECK(parser.request().count("connection") == 2);
    CHECK(parser.request().count("nothing") == 0);
    CHECK(*parser.request().header("connection") == "keep-alive, Upgrade");
    CHECK(parser.request().header("nothing") == nullptr);
    HttpParser plain;
    plain.feed(get("Upgrade: h2c\r\nConnection: Upgrade\r\n", "/?a=1"));
    CHECK_FALSE(plain.request().wants_websocket());
    CHECK(*plain.request().parameter("a") == "1");
    CHECK(plain.request().parameter("b") == nullptr);
}

TEST_CASE("http: what follows a CONNECT belongs to the tunnel") {
    const std::string connect = "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n";
    const std::string hidden = "GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n";
    for (const std::string headers : {"", "Content-Length: 38\r\n", "Transfer-Encoding: chunked\r\n"}) {
        const Parsed seen = parsed(connect + headers + "\r\n" + hidden);
        CHECK(seen.status == Status::complete);
        CHECK(seen.rest == hidden);
        CHECK_FALSE(seen.keep_alive);
    }
    for (const std::string target : {"/", "*", "h", "http://h:443/", ":443", "h:", "h:65536", "h:443/x", "u@h:443"}) {
        CHECK(error_of("CONNECT " + target + " HTTP/1.1\r\nHost: h\r\n\r\n") == 400);
    }
}

TEST_CASE("http: Host is there once") {
    CHECK(error_of("GET / HTTP/1.1\r\n\r\n") == 400);
    CHECK(error_of(get("Host: h\r\n")) == 400);
    CHECK(error_of(get("host: other\r\n")) == 400);
    CHECK(error_of("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n") == 400);
    CHECK(error_of("GET / HTTP/1.1\r\nHost: a b\r\n\r\n") == 400);
    CHECK(error_of("GET / HTTP/1.1\r\nHost: a,b\r\n\r\n") == 400);
    CHECK(error_of("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n") == 400);
    CHECK(parsed("GET / HTTP/1.1\r\nHost:\r\n\r\n").status == Status::complete);
    CHECK(parsed("GET / HTTP/1.1\r\nHost: [::1]:9000\r\n\r\n").status == Status::complete);
}

TEST_CASE("http: other versions") {
    CHECK(error_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == 505);
    CHECK(error_of("GET / HTTP/2.0\r\nHost: h\r\n\r\n") == 505);
    CHECK(error_of("GET / HTTP/0.9\r\nHost: h\r\n\r\n") == 505);
    CHECK(error_of("GET /\r\n\r\n") == 505);
    for (const std::string version : {"HTTP/1", "HTTP/11", "HTTP/1.10", "http/1.1", "HTTP/1.1 ", "HTTP/1,1", "HTTP/a.b",
                                      "XXXX/1.1", "HTTPS/1.1", "HTTQ/1.1", ""}) {
        CHECK(error_of("GET / " + version + "\r\nHost: h\r\n\r\n") == 400);
    }
}

TEST_CASE("http: malformed request lines") {
    for (const std::string line :
         {"GET", "GET ", " GET / HTTP/1.1", "G\x01T / HTTP/1.1", "GET  / HTTP/1.1", "GET /a b HTTP/1.1",
          "GET /  HTTP/1.1", "GET\t/ HTTP/1.1", "GET /\tHTTP/1.1", "GET x HTTP/1.1", "GET /#frag HTTP/1.1",
          "GET /\xC3\xA4 HTTP/1.1", "G(T / HTTP/1.1", ": / HTTP/1.1"}) {
        CHECK(error_of(line + "\r\nHost: h\r\n\r\n") == 400);
    }
    CHECK(error_of("BREW / HTTP/1.1\r\nHost: h\r\n\r\n") == 501);
    CHECK(error_of("get / HTTP/1.1\r\nHost: h\r\n\r\n") == 501);
    CHECK(error_of("\r\n\r\nGET / HTTP/1.1\r\n") == 400);
    CHECK(error_of("GET /\0 HTTP/1.1\r\n"s) == 400);
    CHECK(error_of("\x16\x03\x01\x02") == 400);
}

TEST_CASE("http: lines end with CR LF, and hold neither") {
    CHECK(error_of("GET / HTTP/1.1\nHost: h\n\n") == 400);
    CHECK(error_of("GET / HTTP/1.1\r\nHost: h\n\r\n") == 400);
    CHECK(error_of("GET / HTTP/1.1\r\r\nHost: h\r\n\r\n") == 400);
    CHECK(error_of(get("X: a\rb\r\n")) == 400);
    CHECK(error_of(get("X: a\r\r\n")) == 400);
    CHECK(error_of(get("X: a\0b\r\n"s)) == 400);
    CHECK(error_of(get("X: a\x7F\r\n")) == 400);
    CHECK(error_of(get("X\0: a\r\n"s)) == 400);
    CHECK(error_of(get("X: a\n")) == 400);
    CHECK(parsed(get("X: a\tb \xC3\xA4\r\n")).headers.back().second == "a\tb \xC3\xA4");
}

TEST_CASE("http: malformed header lines") {
    for (const std::string line : {"X : a", "X\t: a", " X: a", "\tX: a", ": a", "X", "X Y: a", "X(: a", "\xC3\xA4: a",
                                   "X: a\r\n folded", "X: a\r\n\tfolded"}) {
        CHECK(error_of(get(line + "\r\n")) == 400);
    }
    CHECK(error_of("GET / HTTP/1.1\r\n Host: h\r\n\r\n") == 400);
}

TEST_CASE("http: a body's length that two servers could read differently is refused") {
    for (const std::string headers : {"Content-Length: 5\r\nContent-Length: 6\r\n",
                                      "Content-Length: 5\r\nContent-Length: 5\r\n",
                                      "Content-Length: 5, 5\r\n",
                                      "Content-Length: +5\r\n",
                                      "Content-Length: -5\r\n",
                                      "Content-Length: 5x\r\n",
                                      "Content-Length: 0x5\r\n",
                                      "Content-Length: 5 5\r\n",
                                      "Content-Length:\r\n",
                                      "Content-Length: 99999999999999999999999\r\n",
                                      "Content-Length : 5\r\n",
                                      "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                                      "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                                      "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                                      "Transfer-Encoding: chunked, identity\r\n",
                                      "Transfer-Encoding: identity\r\n",
                                      "Transfer-Encoding: xchunked\r\n",
                                      "Transfer-Encoding: chunke\r\n",
                                      "Transfer-Encoding:\r\n",
                                      "Transfer-Encoding: \"chunked\"\r\n",
                                      "Transfer-Encoding:\r\n chunked\r\n",
                                      "Transfer-Encoding: chun\x0Bked\r\n",
                                      "Transfer-Encoding\r\n: chunked\r\n"}) {
        const int error = error_of(post(headers, "0\r\n\r\n"));
        CAPTURE(headers);
        CHECK(error == 400);
    }
    CHECK(error_of(post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")) == 501);
    CHECK(error_of(post("Transfer-Encoding: chunked,chunked\r\n", "0\r\n\r\n")) == 501);
    CHECK(error_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == 400);
}

TEST_CASE("http: malformed chunks") {
    for (const std::string body : {"\r\n",
                                   "x\r\n",
                                   "-1\r\n",
                                   "0x1\r\nx\r\n",
                                   " 1\r\nx\r\n",
                                   "1 \r\nx\r\n",
                                   "1\nx\r\n0\r\n\r\n",
                                   "1\rx\r\n",
                                   "1\r\nxy\r\n",
                                   "1\r\nx\n0\r\n\r\n",
                                   "1\r\nx\rx",
                                   "00000000000000001\r\nx\r\n",
                                   "ffffffffffffffff1\r\n",
                                   "1;a\rb\r\nx\r\n",
                                   "1;a\nx\r\n",
                                   "0\r\n folded\r\n\r\n",
                                   "0\r\nX : a\r\n\r\n",
                                   "0\r\nnothing\r\n\r\n",
                                   "0\r\nX: a\x01z\r\n\r\n",
                                   "0\r\nX: a\x7F\r\n\r\n",
                                   "0\n\n",
                                   "0\r\n\n"}) {
        CHECK(error_of(chunked(body)) == 400);
    }
}

TEST_CASE("http: every limit, at its border") {
    const HttpLimits limits{.max_target = 20, .max_header_bytes = 100, .max_headers = 4, .max_body = 10};
    const auto target = [](std::size_t size) { return "/" + std::string(size - 1, 'a'); };
    CHECK(parsed(get("", target(20)), limits).status == Status::complete);
    CHECK(error_of(get("", target(21)), limits) == 414);
    CHECK(error_of("GET " + target(1000), limits) == 414);
    // "Host: h\r\n" is 9 bytes, "X: …\r\n" 5 and the value.
    CHECK(parsed(get("X: " + std::string(86, 'v') + "\r\n"), limits).status == Status::complete);
    CHECK(error_of(get("X: " + std::string(87, 'v') + "\r\n"), limits) == 431);
    CHECK(error_of("GET / HTTP/1.1\r\nX: " + std::string(100, 'v'), limits) == 431);
    CHECK(parsed(get("A: 1\r\nB: 2\r\nC: 3\r\n"), limits).status == Status::complete);
    CHECK(error_of(get("A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n"), limits) == 431);
    CHECK(parsed(post("Content-Length: 10\r\n", "0123456789"), limits).status == Status::complete);
    CHECK(error_of(post("Content-Length: 11\r\n", ""), limits) == 413);
    CHECK(parsed(chunked("4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n"), limits).status == Status::complete);
    CHECK(error_of(chunked("4\r\n0123\r\n7\r\n"), limits) == 413);
    CHECK(error_of(chunked("ffffffffffffff\r\n"), limits) == 413);
}

TEST_CASE("http: chunk extensions and trailers count as headers") {
    const HttpLimits limits{.max_header_bytes = 100, .max_headers = 4};
    CHECK(parsed(chunked("1;" + std::string(40, 'e') + "\r\nx\r\n0\r\n\r\n"), limits).status == Status::complete);
    CHECK(error_of(chunked("1;" + std::string(40, 'e') + "\r\nx\r\n1;" + std::string(40, 'e') + "\r\n"), limits) ==
          431);
    CHECK(error_of(chunked("1;" + std::string(5000, 'e'))) == 400);
    CHECK(error_of(chunked("0\r\nA: " + std::string(70, 'v') + "\r\n\r\n"), limits) == 431);
    CHECK(error_of(chunked("0\r\nA: " + std::string(28, 'v') + "\r\nB: " + std::string(28, 'v') + "\r\n\r\n"),
                   limits) == 431);
    CHECK(error_of(chunked("0\r\nA: 1\r\nB: 1\r\nC: 1\r\n\r\n"), limits) == 431);
    CHECK(parsed(chunked("0\r\nA: 1\r\nB: 1\r\n\r\n"), limits).status == Status::complete);
}

TEST_CASE("http: responses") {
    const std::string response = http_response(404, "application/json", "{}", "X-A: 1\r\n");
    CHECK(response.starts_with("HTTP/1.1 404 Not Found\r\nDate: "));
    CHECK(response.ends_with(" GMT\r\nContent-Type: application/json\r\nContent-Length: 2\r\nX-A: 1\r\n\r\n{}"));
    CHECK(response.substr(30, 29).find_first_of("SMTWF") == 0);
    const std::string head = http_head(101, "", std::nullopt);
    CHECK(head.find("Content-") == std::string::npos);
    CHECK(head.ends_with("\r\n\r\n"));
    CHECK(http_status_text(426) == "Upgrade Required"s);
    CHECK(http_status_text(431) == "Request Header Fields Too Large"s);
}

}  // namespace
}  // namespace station::net
