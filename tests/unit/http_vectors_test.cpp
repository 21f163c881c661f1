// What other readers of HTTP are tested with, as public test suites have it, and what becomes of it here. A request of
// theirs without a Host has got one, which RFC 9112 wants.
#include "catch.hpp"
#include "splits.hpp"

#include <station/net/http.hpp>
#include <station/net/http_reply.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace station::net {
namespace {

constexpr int kIncomplete = 0;

struct RequestVector {
    std::string_view name;
    std::string bytes;
    int outcome;  // of the first request: 200 where it is whole, an error's status, or kIncomplete
    std::string_view body = {};
};

const std::string kHost = "Host: a\r\n";
const std::string kPut = "PUT /url HTTP/1.1\r\n" + kHost;
const std::string kChunked = kPut + "Transfer-Encoding: chunked\r\n\r\n";

std::string get_target(const std::string& target) { return "GET " + target + " HTTP/1.1\r\n" + kHost + "\r\n"; }

const std::vector<RequestVector> kRequests{
    {"length with zeroes", kPut + "Content-Length: 003\r\n\r\nabc", 200, "abc"},
    {"funky length", "GET / HTTP/1.0\r\nconTENT-Length: 5\r\n\r\nHELLO", 200, "HELLO"},
    {"length overflow", kPut + "Content-Length: 1000000000000000000000\r\n\r\n", 400},
    {"duplicate length", kPut + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
    {"length beside identity", kPut + "Content-Length: 1\r\nTransfer-Encoding: identity\r\n\r\n", 400},
    {"space behind the length's name", kPut + "Content-Length : 4\r\n\r\nabcd", 400},
    {"spaces around the length", kPut + "Content-Length:  2 \r\n\r\nab", 200, "ab"},
    {"tabs around the length", kPut + "Content-Length:\t2\t  \r\n\r\nab", 200, "ab"},
    {"a space in the length", kPut + "Content-Length: 4 2\r\n\r\n", 400},
    {"two lengths and a space", kPut + "Content-Length: 13 37\r\n\r\n", 400},
    {"empty length", kPut + "Content-Length:\r\n\r\n", 400},
    {"a CR for the length's dash", kPut + "Content\rLength: 3\r\n\r\nabc", 400},
    {"no empty line before the body", kPut + "Content-Length: 3\r\n\rabc\r\n", 400},
    {"a body in part", kPut + "Content-Length: 3\r\n\r\nab", kIncomplete},

    {"chunks, small letters", kChunked + "a\r\n0123456789\r\n0\r\n\r\n", 200, "0123456789"},
    {"chunks, capital letters", kChunked + "A\r\n0123456789\r\n0\r\n\r\n", 200, "0123456789"},
    {"two chunks and three zeroes", kChunked + "5\r\nhello\r\n6\r\n world\r\n000\r\n\r\n", 200, "hello world"},
    {"trailers", kChunked + "5\r\nhello\r\n0\r\nVary: *\r\nContent-Type: text/plain\r\n\r\n", 200, "hello"},
    {"chunk extensions", kChunked + "5;ilovew3;so=for;another=with\r\nhello\r\n0\r\n\r\n", 200, "hello"},
    {"quoted chunk extensions", kChunked + "5;so=\"I \\\"love\\\"; it\";foo=bar\r\nhello\r\n0\r\n\r\n", 200, "hello"},
    {"no semicolon before the extension", kChunked + "2 erfrferferf\r\naa\r\n0 rrrr\r\n\r\n", 400},
    {"no last chunk", kChunked + "3\r\nfoo\r\n\r\n", 400},
    {"a space behind the size", kChunked + "a \r\n0123456789\r\n0\r\n\r\n", 400},
    {"line ends in the extension", kChunked + "3 \n  \r\n\r\nfoo\r\n", 400},
    {"size not ended by CR LF", kChunked + "5\r\r;ABCD\r\n34\r\nE\r\n0\r\n\r\n", 400},
    {"data not ended by CR LF", kChunked + "5\r\nABCDE0\r\n\r\n", 400},

    {"pigeons", kPut + "Transfer-Encoding: pigeons\r\n\r\n", 400},
    {"chunked before another", kPut + "Transfer-Encoding: chunked, deflate\r\n\r\nWorld", 400},
    {"chunked, then another header", kPut + "Transfer-Encoding: chunked\r\nTransfer-Encoding: deflate\r\n\r\n", 400},
    {"deflate before chunked", kPut + "Transfer-Encoding: deflate, chunked\r\n\r\n", 501},
    {"chunkedchunked", kPut + "Transfer-Encoding: chunkedchunked\r\n\r\n", 400},
    {"empty codings and a length", kPut + "Content-Length: 10\r\nTransfer-Encoding:\r\nTransfer-Encoding:\r\n\r\n",
     400},
    {"folded coding", kPut + "Transfer-Encoding: chunked\r\n  abc\r\n\r\n5\r\nWorld\r\n0\r\n\r\n", 400},
    {"hidden coding", kPut + "x:x\nTransfer-Encoding: chunked\r\n\r\n1\r\nA\r\n0\r\n\r\n", 400},
    {"coding hidden by a CR", kPut + "x:\rTransfer-Encoding: chunked\r\n\r\n1\r\nA\r\n0\r\n\r\n", 400},

    {"quotes in the target", get_target("/with_\"lovely\"_quotes?foo=\"bar\""), 200},
    {"two question marks", get_target("/test.cgi?foo=bar?baz"), 200},
    {"a bar in the query", get_target("/test.cgi?query=|"), 200},
    {"absolute, with a query at once", get_target("http://hypnotoad.org?hail=all"), 200},
    {"absolute, with a port", get_target("http://hypnotoad.org:1234?hail=all"), 200},
    {"absolute, nothing behind it", get_target("http://hypnotoad.org:1234"), 200},
    {"UTF-8 in the path", get_target("/\xCE\xB4\xC2\xB6/pope"), 400},
    {"a fragment", get_target("/forums/1?page=1#posts-17408"), 400},
    {"a user's name", get_target("http://a%12:b!&*$@hypnotoad.org:1234/toto"), 400},
    {"a space in the target", get_target("/foo bar/"), 400},
    {"another scheme", get_target("ftp://hypnotoad.org/"), 400},
    {"no host behind the scheme", get_target("http:///x"), 400},
    {"a port that is none", get_target("http://a:65536/"), 400},
    {"a star for GET", get_target("*"), 400},

    {"ICE", "GET /music/sweet/music ICE/1.0\r\nHost: example.com\r\n\r\n", 400},
    {"almost HTTP", "GET /music/sweet/music IHTTP/1.0\r\nHost: example.com\r\n\r\n", 400},
    {"RTSP", "PUT /music/sweet/music RTSP/1.0\r\nHost: example.com\r\n\r\n", 400},
    {"RTSP's method", "ANNOUNCE /music/sweet/music HTTP/1.0\r\nHost: example.com\r\n\r\n", 501},
    {"headers separated by CR", "GET / HTTP/1.1\r\nHost: a\r\nFoo: 1\rBar: 2\r\n\r\n", 400},
    {"a request behind a CR", "GET / HTTP/1.1\r\nHost: a\r\n\rZGET /evil: HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"a header's name with an at", "GET / HTTP/1.1\r\nFo@: Failure\r\n\r\n", 400},
    {"a header's name with a control", "GET / HTTP/1.1\r\nFoo\x01test: Bar\r\n\r\n", 400},
    {"a header of plusses", "GET /dumbpack HTTP/1.1\r\nHost: a\r\naaaaaaaaaaaaa:++++++++++\r\n\r\n", 200},
    {"every byte above ASCII", "OPTIONS /url HTTP/1.1\r\nHost: a\r\nHeader2: \xFFValue2\r\n\r\n", 200},
    {"an empty line in front", "\r\nGET /url HTTP/1.1\r\nHost: a\r\n\r\n", 200},
    {"no version", "GET /\r\n\r\n", 505},
    {"no LF behind the version", "GET / HTTP/1.1\rLine: 1\r\n\r\n", 400},
    {"keep CR alive", kPut + "Connection: keep\ralive\r\n\r\n", 400},
    {"HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    {"an upgrade with a body", kPut + "Connection: upgrade\r\nContent-Length: 4\r\nUpgrade: ws\r\n\r\nabcdefgh", 200,
     "abcd"},
};

// Feeds up to the first request's end.
void feed(HttpParser& parser, const test::Pieces& pieces) {
    for (auto piece : pieces) {
        while (!piece.empty() && parser.status() != HttpParser::Status::complete &&
               parser.status() != HttpParser::Status::failed) {
            piece.remove_prefix(parser.feed(piece));
        }
    }
}

int outcome_of(const HttpParser& parser) {
    if (parser.status() == HttpParser::Status::failed) return parser.error_status();
    return parser.status() == HttpParser::Status::complete ? 200 : kIncomplete;
}

TEST_CASE("http: requests of public test suites") {
    for (const RequestVector& vector : kRequests) {
        CAPTURE(vector.name);
        test::for_every_split(vector.bytes, [&](const test::Pieces& pieces) {
            HttpParser parser;
            feed(parser, pieces);
            REQUIRE(outcome_of(parser) == vector.outcome);
            if (vector.outcome == 200) REQUIRE(parser.request().body == vector.body);
        });
    }
}

struct ReplyVector {
    std::string_view name;
    std::string bytes;
    int status;  // kIncomplete where it fails
    std::string_view body = {};
};

const std::string kOk = "HTTP/1.1 200 OK\r\n";

const std::vector<ReplyVector> kReplies{
    {"simple", kOk + "Header1: Value1\r\nHeader2:\t Value2\r\nContent-Length: 0\r\n\r\n", 200},
    {"tabs around the length", kOk + "Content-Length:\t2\t\r\n\r\nab", 200, "ab"},
    {"almost the length", kOk + "Content-Length-X: 0\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n", 200,
     "OK"},
    {"no length", kOk + "Content-Type: text/plain\r\n\r\nhello world", 200, "hello world"},
    {"1.0, kept, no length", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nHTTP/1.0 200 OK", 200,
     "HTTP/1.0 200 OK"},
    {"no words", "HTTP/1.1 301\r\n\r\n", 301},
    {"a space for words", "HTTP/1.1 200 \r\n\r\n", 200},
    {"words with two spaces", "HTTP/1.1 200  OK\r\n\r\n", 200},
    {"words beyond ASCII", "HTTP/1.1 500 Ori\xC3\xABntatieprobleem\r\nContent-Length: 0\r\n\r\n", 500},
    {"an empty line in front", "\r\n" + kOk + "Content-Length: 0\r\n\r\n", 200},
    {"underscore in a name", kOk + "Content-Length: 0\r\nDCLK_imp: v7;x;114750856;0-0;0\r\n\r\n", 200},
    {"204", "HTTP/1.1 204 No content\r\n\r\nHTTP/1.1 200 OK", 204},
    {"304 with a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 304},
    {"304 in chunks", "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 304},
    {"101 with a length", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nContent-Length: 4\r\n\r\nbody", 101},
    {"200 that speaks of an upgrade", kOk + "Upgrade: h2c\r\nContent-Length: 4\r\n\r\nbody", 200, "body"},
    {"100, then 404", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nnot", 404,
     "not"},
    {"103, then 200", "HTTP/1.1 103 Early Hints\r\nLink: </s>\r\n\r\n" + kOk + "Content-Length: 2\r\n\r\nhi", 200,
     "hi"},
    {"chunk extensions", kOk + "Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nhi\r\n0;c\r\n\r\n", 200, "hi"},
    {"a space behind the size", kOk + "Transfer-Encoding: chunked\r\n\r\n2  \r\nhi\r\n0  \r\n\r\n", kIncomplete},
    {"chunked before another", kOk + "Transfer-Encoding: chunked, deflate\r\n\r\nWorld", kIncomplete},
    {"chunked, then identity", kOk + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", kIncomplete},
    {"chunkedchunked", kOk + "Transfer-Encoding: chunkedchunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n", kIncomplete},
    {"HTP", "HTP/1.1 200 OK\r\n\r\n", kIncomplete},
    {"HTTPER", "HTTPER/1.1 200 OK\r\n\r\n", kIncomplete},
    {"RTSP", "RTSP/1.1 200 OK\r\n\r\n", kIncomplete},
    {"HTTP/01.1", "HTTP/01.1 200 OK\r\n\r\n", kIncomplete},
    {"HTTP/11.1", "HTTP/11.1 200 OK\r\n\r\n", kIncomplete},
    {"HTTP/1.01", "HTTP/1.01 200 OK\r\n\r\n", kIncomplete},
    {"HTTP/5.6", "HTTP/5.6 200 OK\r\n\r\n", kIncomplete},
    {"HTTP/0.9", "HTTP/0.9 200 OK\r\n\r\n", kIncomplete},
    {"a tab behind the version", "HTTP/1.1\t200 OK\r\n\r\n", kIncomplete},
    {"two spaces behind the version", "HTTP/1.1  200 OK\r\n\r\n", kIncomplete},
    {"one digit", "HTTP/1.1 2 OK\r\n\r\n", kIncomplete},
    {"a CR in front", "\rHTTP/1.1 200 OK\r\n\r\n", kIncomplete},
    {"a CR behind the words", "HTTP/1.1 200 OK\rContent-Length: 0\r\n\r\n", kIncomplete},
    {"two CRs behind the words", "HTTP/1.1 200 OK\r\rContent-Length: 4\r\n\r\nEvil", kIncomplete},
    {"headers separated by CR", kOk + "Foo: 1\rBar: 2\r\n\r\n", kIncomplete},
    {"LF alone", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", kIncomplete},
    {"a space in front of the first header", kOk + " Host: foo\r\n\r\n", kIncomplete},
    {"a space in a name", kOk + "en-US Content-Type: text/xml\r\nContent-Length: 0\r\n\r\n", kIncomplete},
};

TEST_CASE("reply: replies of public test suites") {
    for (const ReplyVector& vector : kReplies) {
        CAPTURE(vector.name);
        test::for_every_split(vector.bytes, [&](const test::Pieces& pieces) {
            std::string body;
            HttpReply reply{[&](std::string_view piece) { body += piece; }};
            for (const auto piece : pieces) reply.feed(piece);
            reply.end_of_stream();
            REQUIRE(reply.complete() == (vector.status != kIncomplete));
            if (!reply.complete()) return;
            REQUIRE(reply.status() == vector.status);
            REQUIRE(body == vector.body);
        });
    }
}

}  // namespace
}  // namespace station::net
