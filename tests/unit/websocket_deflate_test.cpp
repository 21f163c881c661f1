#include "catch.hpp"
#include "random.hpp"
#include "websocket_support.hpp"

#include <algorithm>
#include <station/net/deflate.hpp>
#include <station/net/websocket.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace station::net {
namespace {

using namespace std::string_literals;
using namespace test::frames;

constexpr int kRsv1 = 0x40;
constexpr int kPacked = kFin | kRsv1;
const Deflate kContexts{DeflateParameters{}};
const Deflate kNoContexts{DeflateParameters{.server_no_context_takeover = true, .client_no_context_takeover = true}};

const std::string kHello = "\xf2\x48\xcd\xc9\xc9\x07\x00"s;  // RFC 7692, 7.2.3.1

std::string deflated(std::string_view bytes) {
    std::string out;
    Deflater{Deflater::Format::raw}.add(bytes, Deflater::Flush::sync, out);
    out.resize(out.size() - 4);
    return out;
}

std::string packed_text(std::string_view message) { return frame(kPacked | 1, deflated(message)); }
std::string packed_binary(std::string_view message) { return frame(kPacked | 2, deflated(message)); }

Strings messages_of(const std::string& bytes, const Deflate& deflate = kContexts) {
    return after(bytes, Role::server, {}, deflate).messages;
}

void check_broken(const std::string& bytes, int code, const WebSocketLimits& limits = {}) {
    check_refused(bytes, code, Role::server, limits, kContexts);
    check_refused(bytes, code, Role::server, limits, kNoContexts);
}

TEST_CASE("websocket deflate: the RFC's examples") {
    CHECK(messages_of(frame(kPacked | 1, kHello)) == Strings{"t:Hello"});
    CHECK(messages_of(frame(kRsv1 | 1, kHello.substr(0, 3)) + frame(kFin, kHello.substr(3))) == Strings{"t:Hello"});
    // 7.2.3.2: the second one is the first one's window.
    CHECK(messages_of(frame(kPacked | 1, kHello) + frame(kPacked | 1, "\xf2\x00\x11\x00\x00"s)) ==
          Strings{"t:Hello", "t:Hello"});
    // 7.2.3.3 to 7.2.3.5: a block without compression, a final block, two blocks.
    CHECK(messages_of(frame(kPacked | 1, "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"s)) == Strings{"t:Hello"});
    CHECK(messages_of(frame(kPacked | 1, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s)) == Strings{"t:Hello"});
    CHECK(messages_of(frame(kPacked | 1, "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"s)) ==
          Strings{"t:Hello"});
    // 7.2.3.6: nothing; and what some make of it.
    CHECK(messages_of(frame(kPacked | 1, "\0"s) + frame(kPacked | 2)) == Strings{"t:", "b:"});
}

TEST_CASE("websocket deflate: plain messages go on between compressed ones, and control frames inside of them") {
    const Seen seen = after(packed_text("one") + text("two") + frame(kRsv1 | 1, kHello.substr(0, 2)) +
                                frame(kFin | 9, "now") + frame(0) + frame(kFin, kHello.substr(2)) + binary("end"),
                            Role::server, {}, kNoContexts);
    CHECK(seen.messages == Strings{"t:one", "t:two", "t:Hello", "b:end"});
    CHECK(seen.sent == "\x8A\x03now");
}

TEST_CASE("websocket deflate: only the first frame of a message says that it is compressed") {
    check_broken(frame(kRsv1 | 1, kHello.substr(0, 3)) + frame(kPacked, kHello.substr(3)), 1002);
    check_broken(frame(1, "Hel") + frame(kPacked, "lo"), 1002);
    check_broken(frame(kPacked), 1002);
    for (const int opcode : {8, 9, 10}) check_broken(frame(kPacked | opcode), 1002);
    for (const int opcode : {3, 7, 11, 15}) check_broken(frame(kPacked | opcode), 1002);
    for (const int bits : {0x10, 0x20, 0x30, 0x50, 0x60, 0x70}) check_broken(frame(kFin | bits | 1, kHello), 1002);
}

TEST_CASE("websocket deflate: without it the bit stays reserved") {
    check_refused(frame(kPacked | 1, kHello), 1002);
    WebSocket plain{Role::server};
    CHECK_FALSE(plain.compresses(1000000));
}

TEST_CASE("websocket deflate: compressed data that is broken") {
    const std::string wrong =
        GENERATE("\xFF"s, "\0\5\0\xFA\xFEHello"s, "\x4b\x04\x11\x00"s, "\x05\xFE\xFF"s,
                 "\xf2\x48\xcd\xc9"s,              // ends inside a block
                 "\xf3\x48\xcd\xc9\xc9\x07\x00"s,  // ends with a final block, and nothing behind it
                 "\xf3\x48\xcd\xc9\xc9\x07\x00\xFF"s);
    check_broken(frame(kPacked | 1, wrong), 1007);
    check_broken(frame(kRsv1 | 2, wrong) + frame(kFin), 1007);
}

TEST_CASE("websocket deflate: of two mistakes the first one counts, however the bytes are cut") {
    const WebSocketLimits limits{.max_message = 100};
    check_broken(packed_text("\xFF" + std::string(100, 'x')), 1007, limits);
    check_broken(packed_text(std::string(100, 'x') + "\xFF"), 1009, limits);
    // What follows is broken, but the text was so before: the reason says which.
    const std::string broken = deflated("\xFF text") + "\0\0\xFF\xFF\xFF"s;
    CHECK(after(frame(kPacked | 1, broken), Role::server, {}, kNoContexts).sent.ends_with("text is not UTF-8"));
    CHECK(after(frame(kPacked | 2, broken), Role::server, {}, kNoContexts).sent.ends_with("compressed data is broken"));
}

TEST_CASE("websocket deflate: a context that is not taken over is not known") {
    const std::string second = frame(kPacked | 1, "\xf2\x00\x11\x00\x00"s);
    const Seen seen = after(frame(kPacked | 1, kHello) + second, Role::server, {}, kNoContexts);
    CHECK(seen.messages == Strings{"t:Hello"});
    CHECK(close_code(seen.sent) == 1007);
}

TEST_CASE("websocket deflate: what is expanded must be UTF-8, at its first wrong byte") {
    CHECK(messages_of(packed_text("\xF0\x9F\x98\x80 and more")) == Strings{"t:\xF0\x9F\x98\x80 and more"});
    check_broken(packed_text("\xFF"), 1007);
    check_broken(packed_text("half a character \xE2\x82"), 1007);
    check_broken(frame(kRsv1 | 1, deflated("\xED\xA0\x80 the end never comes")), 1007);
    CHECK(messages_of(packed_binary("\xFF")) == Strings{"b:\xFF"});
}

TEST_CASE("websocket deflate: a message of the limit is taken, one byte more is not, however small it came") {
    const WebSocketLimits limits{.max_message = 100000};
    const std::string most(100000, 'x');
    CHECK(seen_by(Role::server, {packed_binary(most)}, limits, kNoContexts).messages == Strings{"b:" + most});
    check_broken(packed_binary(most + "x"), 1009, limits);
    check_broken(packed_binary(std::string(std::size_t{1} << 24, '\0')).substr(0, 2000), 1009, limits);
    check_broken(frame(kRsv1 | 2, deflated(most) + "\0\0\xFF\xFF"s) + frame(kFin, deflated("x")), 1009, limits);
}

TEST_CASE("websocket deflate: a frame that is longer than any message's is refused by its header") {
    const WebSocketLimits limits{.max_message = 800};
    const auto start = [](std::size_t length, int first) {
        return RawFrame{first, std::string(length, '\0')}.bytes().substr(0, 8);
    };
    CHECK_FALSE(seen_by(Role::server, {start(964, kPacked | 2)}, limits, kContexts).finished);
    CHECK(close_code(seen_by(Role::server, {start(965, kPacked | 2)}, limits, kContexts).sent) == 1009);
    // Blocks without a byte could go on for ever.
    std::string empty_blocks;
    while (empty_blocks.size() < 900) empty_blocks += "\0\0\0\xFF\xFF"s;
    const std::string begun = frame(kRsv1 | 2, empty_blocks);
    CHECK_FALSE(seen_by(Role::server, {begun + start(64, 0)}, limits, kContexts).finished);
    CHECK(close_code(seen_by(Role::server, {begun + start(65, 0)}, limits, kContexts).sent) == 1009);
    // Each message has the limit for itself.
    const std::string whole = frame(kPacked | 2, empty_blocks + "\0"s);
    CHECK(seen_by(Role::server, {whole + whole + whole}, limits, kContexts).messages == Strings{"b:", "b:", "b:"});
}

TEST_CASE("websocket deflate: what one side compresses the other expands, whatever was agreed upon") {
    DeflateParameters agreed;
    agreed.server_no_context_takeover = GENERATE(false, true);
    agreed.client_no_context_takeover = GENERATE(false, true);
    agreed.server_max_window_bits = agreed.client_max_window_bits = GENERATE(9, 11, 15);
    test::Random random;
    INFO(random.how_to_repeat());
    WebSocket server{Role::server, {}, agreed};
    WebSocket client{Role::client, {}, agreed};
    std::string words;
    for (int i = 0; i < 20000; ++i) words += std::to_string(random.between(0, 999)) + ' ';
    for (const std::size_t size : {0u, 1u, 5u, 0u, 0u, 300u, 300u, 70000u, 70000u, 1u}) {
        for (WebSocket* const from : {&server, &client}) {
            const std::string message = words.substr(0, size);
            std::string out;
            from->put_compressed(out, Opcode::text, message);
            Log log;
            (from == &server ? client : server).feed(out, log);
            REQUIRE(log.seen == Strings{"t:" + message});
            if (size == 70000) CHECK(out.size() < size / 2);
        }
    }
    CHECK_FALSE(server.has_output());
    CHECK_FALSE(client.has_output());
}

TEST_CASE("websocket deflate: a context makes the second message smaller, and without one both are alike") {
    const std::string message = R"({"user":"alice","action":"buy","amount":12345,"note":"nothing repeats in here"})";
    const auto sizes = [&](const Deflate& deflate) {
        WebSocket socket{Role::server, {}, deflate};
        std::string first;
        std::string second;
        socket.put_compressed(first, Opcode::text, message);
        socket.put_compressed(second, Opcode::text, message);
        CHECK(first[0] == static_cast<char>(kPacked | 1));
        return std::pair{first.size(), second.size()};
    };
    const auto [with_first, with_second] = sizes(kContexts);
    CHECK(with_second < with_first / 2);
    const auto [without_first, without_second] = sizes(kNoContexts);
    CHECK(without_second == without_first);
}

TEST_CASE("websocket deflate: each side's context is its own") {
    const Deflate server_forgets{DeflateParameters{.server_no_context_takeover = true}};
    const Deflate client_forgets{DeflateParameters{.client_no_context_takeover = true}};
    const auto second_is_smaller = [](Role role, const Deflate& deflate) {
        WebSocket socket{role, {}, deflate};
        std::string first;
        std::string second;
        socket.put_compressed(first, Opcode::text, "the same words, one time and another");
        socket.put_compressed(second, Opcode::text, "the same words, one time and another");
        return second.size() < first.size();
    };
    CHECK_FALSE(second_is_smaller(Role::server, server_forgets));
    CHECK(second_is_smaller(Role::client, server_forgets));
    CHECK(second_is_smaller(Role::server, client_forgets));
    CHECK_FALSE(second_is_smaller(Role::client, client_forgets));
    const std::string hello_twice = frame(kPacked | 1, kHello) + frame(kPacked | 1, "\xf2\x00\x11\x00\x00"s);
    CHECK(messages_of(hello_twice, server_forgets) == Strings{"t:Hello", "t:Hello"});
    CHECK(messages_of(hello_twice, client_forgets) == Strings{"t:Hello"});
}

TEST_CASE("websocket deflate: small messages are not worth it") {
    const WebSocket socket{Role::server, {}, kNoContexts};
    CHECK_FALSE(socket.compresses(0));
    CHECK_FALSE(socket.compresses(125));
    CHECK(socket.compresses(1000));
}

TEST_CASE("websocket deflate: connections of one thread that share what they use do not mix") {
    WebSocket one{Role::server, {}, kNoContexts};
    WebSocket two{Role::server, {}, kNoContexts};
    Log first;
    Log second;
    const std::string a = packed_text(std::string(500, '1')) + packed_text("one") + packed_text("end");
    const std::string b = packed_text(std::string(900, '2') + "two") + packed_text("end");
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
        if (i < a.size()) one.feed(std::string_view{a}.substr(i, 1), first);
        if (i < b.size()) two.feed(std::string_view{b}.substr(i, 1), second);
        if (i == 12) one = WebSocket{std::move(one)};
    }
    CHECK(first.seen == Strings{"t:" + std::string(500, '1'), "t:one", "t:end"});
    CHECK(second.seen == Strings{"t:" + std::string(900, '2') + "two", "t:end"});
}

TEST_CASE("websocket deflate: a compressed message after the close is dropped unread") {
    WebSocket socket{Role::server, {}, kNoContexts};
    Log log;
    socket.close(CloseCode::going_away);
    socket.feed(frame(kPacked | 1, "\xFF") + packed_text("x") + close_frame(1001), log);
    CHECK(log.seen.empty());
    CHECK(socket.peer_close_code() == 1001);
    CHECK(socket.finished());
}

}  // namespace
}  // namespace station::net
