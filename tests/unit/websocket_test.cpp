#include "catch.hpp"
#include "random.hpp"
#include "splits.hpp"
#include "utf8_samples.hpp"
#include "websocket_support.hpp"

#include <station/net/websocket.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace station::net {
namespace {

using namespace std::string_literals;
using namespace test::frames;

TEST_CASE("websocket: messages come out whole, however the bytes are cut") {
    CHECK(after(text("Hello") + binary("\0\xFF"s) + text("") + binary("")).messages ==
          Strings{"t:Hello", "b:\0\xFF"s, "t:", "b:"});
    CHECK(after(text("Hello")).sent.empty());
}

TEST_CASE("websocket: every length, at the borders of its encodings") {
    const std::size_t size =
        GENERATE(0u, 1u, 2u, 3u, 4u, 5u, 7u, 8u, 9u, 124u, 125u, 126u, 127u, 128u, 129u, 255u, 256u, 1000u);
    std::string payload;
    for (std::size_t i = 0; i < size; ++i) payload += static_cast<char>(i * 7 + 1);
    CHECK(after(binary(payload) + binary("x")).messages == Strings{"b:" + payload, "b:x"});
}

TEST_CASE("websocket: long payloads, in random pieces") {
    const std::size_t size = GENERATE(4095u, 4096u, 4097u, 65535u, 65536u, 65537u, 300000u);
    test::Random random;
    INFO(random.how_to_repeat());
    std::string payload;
    while (payload.size() < size) payload += static_cast<char>(random.between(0, 255));
    const std::string bytes =
        binary(payload) + frame(2, payload.substr(0, 200)) + frame(kFin, payload.substr(200)) + text("end");
    const Strings expected{"b:" + payload, "b:" + payload, "t:end"};
    for (int round = 0; round < 20; ++round) {
        test::Pieces pieces;
        std::string_view left = bytes;
        while (!left.empty()) {
            pieces.push_back(left.substr(0, random.between(1, random.chance(0.5) ? 9 : 50000)));
            left.remove_prefix(pieces.back().size());
        }
        REQUIRE(seen_by(Role::server, pieces, {}).messages == expected);
    }
}

TEST_CASE("websocket: a client takes unmasked frames, and refuses masked ones") {
    const std::string bytes =
        RawFrame{kFin | 1, "Hello", false}.bytes() + RawFrame{kFin | 2, std::string(200, 'x'), false}.bytes();
    CHECK(after(bytes, Role::client).messages == Strings{"t:Hello", "b:" + std::string(200, 'x')});
    const std::string masked = text("Hello");
    WebSocket client{Role::client};
    Log log;
    client.feed(masked, log);
    CHECK(log.seen.empty());
    CHECK(client.finished());
}

TEST_CASE("websocket: a server refuses unmasked frames") {
    const int first = GENERATE(kFin | 1, kFin | 2, 1, kFin | 8, kFin | 9, kFin | 10);
    const std::string payload = GENERATE("", "ab");
    check_refused(RawFrame{first, payload, false}.bytes(), 1002);
}

TEST_CASE("websocket: reserved bits and opcodes are refused") {
    for (int first = 0; first < 256; ++first) {
        const int opcode = first & 15;
        if ((first & 0x70) == 0 && (opcode <= 2 || (opcode >= 8 && opcode <= 10))) continue;
        for (const std::string payload : {"", "x", "\x03\xE8"}) {
            CAPTURE(first, payload.size());
            check_refused(frame(first, payload), 1002);
        }
    }
}

TEST_CASE("websocket: a control frame is whole and has at most 125 bytes") {
    const int opcode = GENERATE(8, 9, 10);
    check_refused(frame(opcode), 1002);
    check_refused(RawFrame{kFin | opcode, std::string(126, 'x')}.bytes(), 1002);
    check_refused(RawFrame{kFin | opcode, "xx", true, 2}.bytes(), 1002);
    check_refused(RawFrame{kFin | opcode, "xx", true, 8}.bytes(), 1002);
}

TEST_CASE("websocket: a length is written in as few bytes as will do") {
    check_refused(RawFrame{kFin | 2, std::string(125, 'x'), true, 2}.bytes(), 1002);
    check_refused(RawFrame{kFin | 2, "", true, 2}.bytes(), 1002);
    check_refused(RawFrame{kFin | 2, std::string(126, 'x'), true, 8}.bytes(), 1002);
    check_refused("\x82\xFF\x80\0\0\0\0\0\0\1mask"s, 1002);
    const std::string most(65535, 'x');
    CHECK(seen_by(Role::server, {RawFrame{kFin | 2, most, true, 8}.bytes()}, {}).finished);
    CHECK(seen_by(Role::server, {RawFrame{kFin | 2, most, true, 2}.bytes()}, {}).messages == Strings{"b:" + most});
}

TEST_CASE("websocket: fragments are joined, empty ones too, with control frames between them") {
    CHECK(after(frame(1, "Hel") + frame(0, "") + frame(kFin, "lo")).messages == Strings{"t:Hello"});
    CHECK(after(frame(2, "") + frame(0) + frame(kFin)).messages == Strings{"b:"});
    const Seen seen = after(frame(1, "Hel") + frame(kFin | 9, "one") + frame(kFin | 10, "?") + frame(0, "l") +
                            frame(kFin | 9, "two") + frame(kFin, "o") + text("next"));
    CHECK(seen.messages == Strings{"t:Hello", "t:next"});
    CHECK(seen.sent == "\x8A\x03one\x8A\x03two");
}

TEST_CASE("websocket: a continuation needs a start, and a start an end before it") {
    check_refused(frame(0, "x"), 1002);
    check_refused(frame(kFin, "x"), 1002);
    check_refused(frame(1, "x") + text("y"), 1002);
    check_refused(frame(2, "x") + frame(1, "y"), 1002);
    CHECK(after(text("one") + frame(kFin, "x")).finished);
}

TEST_CASE("websocket: pings are answered in order, pongs counted") {
    const std::string most(125, 'p');
    const Seen seen = after(frame(kFin | 9) + frame(kFin | 9, most) + frame(kFin | 9, "\0\xFF"s));
    CHECK(seen.sent == "\x8A\0\x8A\x7D"s + most + "\x8A\x02\0\xFF"s);
    WebSocket socket{Role::server};
    Log log;
    CHECK(socket.pongs() == 0);
    socket.feed(frame(kFin | 10) + frame(kFin | 10, "x"), log);
    CHECK(socket.pongs() == 2);
    CHECK_FALSE(socket.has_output());
    socket.ping("are you there?");
    CHECK(socket.has_output());
    std::string sent;
    socket.take_output(sent);
    CHECK(sent ==
          "\x89\x0E"
          "are you there?");
    CHECK_FALSE(socket.has_output());
}

TEST_CASE("websocket: the closing handshake, begun by the peer") {
    const int code =
        GENERATE(1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999);
    const std::string reason = GENERATE("", "bye", "\xC3\xA4");
    const Seen seen = after(text("before") + close_frame(code, reason) + text("after"));
    CHECK(seen.messages == Strings{"t:before"});
    CHECK(close_code(seen.sent) == code);
    CHECK(seen.finished);
    WebSocket socket{Role::server};
    Log log;
    socket.feed(close_frame(code, reason), log);
    CHECK(socket.close_received());
    CHECK(socket.close_sent());
    CHECK(socket.peer_close_code() == code);
}

TEST_CASE("websocket: nothing counts after the close frame") {
    const std::string after_it = GENERATE(close_frame(1001), frame(3), frame(kFin | 10), text("\xFF"));
    WebSocket socket{Role::server};
    Log log;
    socket.feed(close_frame(1000) + after_it, log);
    socket.feed(after_it, log);
    CHECK(socket.peer_close_code() == 1000);
    CHECK(socket.pongs() == 0);
    std::string sent;
    socket.take_output(sent);
    CHECK(close_code(sent) == 1000);
}

TEST_CASE("websocket: a close frame without a code") {
    WebSocket socket{Role::server};
    Log log;
    CHECK(socket.peer_close_code() == std::nullopt);
    socket.feed(frame(kFin | 8), log);
    CHECK(socket.peer_close_code() == 1005);
    std::string sent;
    socket.take_output(sent);
    CHECK(sent == "\x88\0"s);
    CHECK(socket.finished());
}

TEST_CASE("websocket: close frames that are wrong") {
    const int code = GENERATE(0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535);
    CAPTURE(code);
    check_refused(close_frame(code), 1002);
    check_refused(close_frame(code, "reason"), 1002);
}

TEST_CASE("websocket: a close frame of one byte, or with a reason that is not UTF-8") {
    check_refused(frame(kFin | 8, "\x03"), 1002);
    check_refused(close_frame(1000, "\xFF"), 1007);
    check_refused(close_frame(1000, "half a character \xE2\x82"), 1007);
}

TEST_CASE("websocket: the closing handshake, begun here") {
    WebSocket socket{Role::server};
    Log log;
    socket.close(CloseCode::going_away, "restart");
    socket.close(CloseCode::normal);
    socket.ping("no more");
    CHECK(socket.close_sent());
    CHECK_FALSE(socket.finished());
    socket.feed(text("dropped") + frame(kFin | 9, "no pong") + frame(1, "half") + frame(kFin, "half"), log);
    CHECK_FALSE(socket.finished());
    socket.feed(close_frame(1001), log);
    CHECK(socket.finished());
    CHECK(log.seen.empty());
    std::string sent;
    socket.take_output(sent);
    CHECK(sent == "\x88\x09\x03\xE9restart");
}

TEST_CASE("websocket: a reason is cut at 123 bytes, between two characters") {
    const std::string reason =
        GENERATE(std::string(200, 'x'), std::string(122, 'x') + "\xC3\xA4", std::string(121, 'x') + "\xF0\x9F\x98\x80");
    WebSocket server{Role::server};
    server.close(CloseCode::policy_violation, reason);
    std::string sent;
    server.take_output(sent);
    const std::string kept = reason.substr(0, reason[122] == 'x' ? 123 : reason.find_first_not_of('x'));
    CHECK(sent.substr(4) == kept);
    WebSocket client{Role::client};
    Log log;
    client.feed(sent, log);
    CHECK(client.peer_close_code() == 1008);
}

TEST_CASE("websocket: a handler that closes sees no further message") {
    struct Closer final : WebSocket::Handler {
        WebSocket& socket;
        int messages = 0;
        explicit Closer(WebSocket& s) : socket(s) {}
        void on_text(std::string_view) override {
            ++messages;
            socket.close(CloseCode::normal);
        }
        void on_binary(std::span<const std::byte>) override { ++messages; }
    };
    WebSocket socket{Role::server};
    Closer closer{socket};
    socket.feed(text("close") + binary("x") + text("x"), closer);
    CHECK(closer.messages == 1);
    CHECK(socket.close_sent());
}

TEST_CASE("websocket: text is UTF-8, wherever it is cut") {
    for (const auto& valid : test::kValidUtf8) {
        CAPTURE(valid);
        const std::string around = "12345678" + valid + "abc";
        CHECK(after(text(around)).messages == Strings{"t:" + around});
        for (std::size_t at = 0; at <= valid.size(); ++at) {
            CHECK(after(frame(1, valid.substr(0, at)) + frame(kFin, valid.substr(at))).messages ==
                  Strings{"t:" + valid});
        }
    }
}

TEST_CASE("websocket: text that is not UTF-8 is refused at the first wrong byte") {
    for (const auto& invalid : test::kInvalidUtf8) {
        CAPTURE(invalid);
        for (const std::string before : {"", "a", "1234567", "12345678"}) {
            check_refused(text(before + invalid), 1007);
            check_refused(frame(1, before + invalid), 1007);
        }
        for (std::size_t at = 1; at < invalid.size(); ++at) {
            check_refused(frame(1, invalid.substr(0, at)) + frame(0, invalid.substr(at)), 1007);
        }
    }
    // Fails before the frame's end is there.
    const std::string bytes = text("\xF4\x90 and more");
    CHECK(seen_by(Role::server, {std::string_view{bytes}.substr(0, 8)}, {}).finished);
    const std::string longer = text(std::string(300, 'x') + "\xFF" + std::string(300, 'x'));
    CHECK_FALSE(seen_by(Role::server, {std::string_view{longer}.substr(0, 308)}, {}).finished);
    CHECK(seen_by(Role::server, {std::string_view{longer}.substr(0, 309)}, {}).finished);
}

TEST_CASE("websocket: text must not end inside a character") {
    const std::string half = GENERATE("\xC2", "\xE1\x80", "\xF1\x80\x80", "ok\xF0\x9F");
    check_refused(text(half), 1007);
    check_refused(frame(1, half) + frame(kFin), 1007);
    check_refused(frame(1, half) + frame(kFin, "x"), 1007);
    CHECK(after(binary(half)).messages == Strings{"b:" + half});
}

TEST_CASE("websocket: a message of the limit is taken, one byte more is refused by its header") {
    const WebSocketLimits limits{.max_message = 300};
    const std::string most(300, 'x');
    CHECK(after(binary(most), Role::server, limits).messages == Strings{"b:" + most});
    CHECK(after(frame(2, most.substr(0, 299)) + frame(kFin, "x"), Role::server, limits).messages ==
          Strings{"b:" + most});
    check_refused(binary(most + "x"), 1009, Role::server, limits);
    check_refused(frame(2, most) + frame(kFin, "x"), 1009, Role::server, limits);
    check_refused(frame(2, most) + frame(0, "") + frame(0, "x"), 1009, Role::server, limits);
    // 2^63 - 1 bytes are announced, and one is sent.
    check_refused("\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFFmaskx"s, 1009, Role::server, limits);
}

TEST_CASE("websocket: a message of too many fragments is refused") {
    const WebSocketLimits limits{.max_message = 100, .max_fragments = 3};
    CHECK(after(frame(2, "a") + frame(0, "b") + frame(kFin, "c"), Role::server, limits).messages == Strings{"b:abc"});
    check_refused(frame(2) + frame(0) + frame(0) + frame(0), 1008, Role::server, limits);
    CHECK(after(frame(2) + frame(kFin) + frame(2) + frame(kFin), Role::server, limits).messages.size() == 2);
}

TEST_CASE("websocket: says whether a message is under way") {
    WebSocket socket{Role::server};
    Log log;
    CHECK_FALSE(socket.inside_message());
    socket.feed(frame(1, "x"), log);
    CHECK(socket.inside_message());
    socket.feed(frame(kFin | 9), log);
    CHECK(socket.inside_message());
    socket.feed(frame(kFin, "y"), log);
    CHECK_FALSE(socket.inside_message());
    socket.feed(frame(kFin | 1, "z").substr(0, 1), log);  // not even its header is whole
    CHECK(socket.inside_message());
}

TEST_CASE("websocket: two connections of one thread do not mix") {
    WebSocket one{Role::server};
    WebSocket two{Role::server};
    Log first;
    Log second;
    const std::string a = frame(1, "one ") + frame(kFin, std::string(200, '1')) + text("end");
    const std::string b = frame(1, "two ") + frame(kFin, std::string(300, '2')) + text("end");
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
        if (i < a.size()) one.feed(std::string_view{a}.substr(i, 1), first);
        if (i < b.size()) two.feed(std::string_view{b}.substr(i, 1), second);
        if (i == 3) one = WebSocket{std::move(one)};
    }
    CHECK(first.seen == Strings{"t:one " + std::string(200, '1'), "t:end"});
    CHECK(second.seen == Strings{"t:two " + std::string(300, '2'), "t:end"});
}

TEST_CASE("websocket: what one side puts the other takes, and back") {
    const std::size_t size = GENERATE(0u, 1u, 125u, 126u, 65535u, 65536u);
    const std::string payload(size, 'z');
    std::string out;
    WebSocket::put_masked(out, Opcode::binary, std::as_bytes(std::span{payload}), 0x01020380);
    CHECK(out.substr(out.size() - size - 4, 4) == "\x01\x02\x03\x80");
    CHECK((size == 0 || out.back() != 'z'));
    CHECK(seen_by(Role::server, {out}, {}).messages == Strings{"b:" + payload});
    out.clear();
    WebSocket::put_header(out, Opcode::text, size);
    CHECK(out.size() <= WebSocket::kMaxHeader);
    out += payload;
    CHECK(seen_by(Role::client, {out}, {}).messages == Strings{"t:" + payload});
}

TEST_CASE("websocket: a client's control frames are masked") {
    WebSocket client{Role::client};
    WebSocket server{Role::server};
    Log log;
    std::string out;
    client.ping("hello");
    client.close(CloseCode::normal, "done");
    client.take_output(out);
    server.feed(out, log);
    CHECK(server.peer_close_code() == 1000);
    out.clear();
    server.take_output(out);
    CHECK(out == "\x8A\x05hello\x88\x02\x03\xE8");
    client.feed(out, log);
    CHECK(client.pongs() == 1);
    CHECK(client.finished());
}

TEST_CASE("websocket: the key's answer") {
    // RFC 6455, 1.3.
    CHECK(WebSocket::accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    CHECK(WebSocket::accept_key("AAAAAAAAAAAAAAAAAAAAAA==") == "ICX+Yqv66kxgM0FcWaLWlFLwTAI=");
    const std::string wrong =
        GENERATE("", "dGhlIHNhbXBsZSBub25jZQ",
                 "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZ===", "dGhlIHNhbXBsZSBub25jZQ==x",
                 "dGhlIHNhbXBsZSBub25j", "dGhlIHNhbXBsZSBub25jZQ==\n", "dGhlIHNhbX*sZSBub25jZQ==",
                 "dGhlIHNhbXBsZSBub25jZQo9PT0=", "dGhlIHNhbXBsZSBub25jZR==", "dGhlIHNhbXBsZSBub25jZWRkZQ==");
    CAPTURE(wrong);
    CHECK(WebSocket::accept_key(wrong) == std::nullopt);
}

}  // namespace
}  // namespace station::net
