#include "catch.hpp"

#include <loadgen/hammer/frame_exchange.hpp>
#include <loadgen/hammer/subscribers.hpp>
#include <string>
#include <vector>

// Publishing frames and checking deliveries, without a socket.
namespace station::hammer {
namespace {

using namespace std::chrono_literals;
using net::WebSocket;
using wire::FrameType;

constexpr std::uint64_t kStream = 7;

Plan ws_plan(std::size_t size = 40) {
    Plan plan;
    plan.target = {.host = "127.0.0.1", .port = 9000};
    plan.mix = Mix::ws;
    plan.payload = size;
    return plan;
}

std::string upgraded(std::string_view protocol = "station.batch.v1") {
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: " +
           std::string{protocol} + "\r\n\r\n";
}

std::string message(net::Opcode opcode, std::string_view payload) {
    std::string bytes;
    WebSocket::put_header(bytes, opcode, payload.size());
    return bytes.append(payload);
}

std::string opened() {
    return message(net::Opcode::text, R"({"type":"opened","topic":"loadgen","stream":7,"next_offset":3})");
}

std::string frame(FrameType type, std::uint64_t offset, std::string_view payload = {}, std::uint64_t stream = kStream) {
    std::string bytes;
    wire::put_frame_header(bytes, type, stream, offset, payload.size());
    return bytes.append(payload);
}

std::string acks(const std::vector<std::uint64_t>& offsets) {
    std::string frames;
    for (const std::uint64_t offset : offsets) frames += frame(FrameType::ack, offset);
    return message(net::Opcode::binary, frames);
}

// What a server sees of what a client sends.
struct Seen final : WebSocket::Handler {
    void on_text(std::string_view text) override { texts.emplace_back(text); }
    void on_binary(std::span<const std::byte> bytes) override {
        ++messages;
        wire::Frame one;
        while (wire::take_frame(bytes, one)) {
            types.push_back(one.type);
            streams.push_back(one.stream);
            payloads.emplace_back(reinterpret_cast<const char*>(one.payload.data()), one.payload.size());
        }
        whole = whole && bytes.empty();
    }
    std::vector<std::string> texts, payloads;
    std::vector<FrameType> types;
    std::vector<std::uint64_t> streams;
    int messages = 0;
    bool whole = true;
};

struct Talk {
    explicit Talk(const Plan& plan, Schedule schedule = {}, bool publishes = true)
        : payloads(plan), exchange(plan, payloads, 0, schedule, 1000s, publishes) {}

    std::string take(std::size_t most, Nanoseconds now = 0ns) {
        const std::string out{exchange.outgoing(most, now)};
        begun += exchange.sent(out.size(), now);
        return out;
    }
    void hear(std::string_view bytes, Nanoseconds now = 0ns) { exchange.received(bytes, now, slice); }
    void greet() {
        take(0);
        hear(upgraded());
        take(0);
        hear(opened());
        REQUIRE(exchange.ready());
    }

    Payloads payloads;
    FrameExchange exchange;
    Slice slice;
    std::size_t begun = 0;
};

TEST_CASE("frames: the greeting is an upgrade and a question, and may be cut anywhere") {
    const std::string answers = upgraded() + opened();
    for (std::size_t cut = 0; cut <= answers.size(); ++cut) {
        Talk talk{ws_plan()};
        CHECK_FALSE(talk.exchange.ready());
        const std::string request = talk.take(5);
        if (cut == 0) {
            CHECK(request.starts_with("GET /ws HTTP/1.1\r\n"));
            CHECK(request.find("station.batch.v1") != std::string::npos);
        }
        talk.hear(answers.substr(0, cut));
        talk.hear(answers.substr(cut));
        if (!talk.exchange.ready() || !talk.exchange.refusal().empty() || talk.begun != 0) FAIL("cut at " << cut);
    }
    Talk talk{ws_plan()};
    talk.take(0);
    talk.hear(upgraded());
    Seen seen;
    WebSocket server{WebSocket::Role::server};
    server.feed(talk.take(0), seen);
    CHECK(seen.texts == std::vector<std::string>{R"({"type":"open","topic":"loadgen"})"});
}

TEST_CASE("frames: who does not publish is ready once it is upgraded") {
    Talk talk{ws_plan(), {}, false};
    talk.take(0);
    talk.hear(upgraded());
    CHECK(talk.exchange.ready());
    CHECK_FALSE(talk.exchange.unfinished());
}

TEST_CASE("frames: a greeting that goes wrong is said") {
    const std::string wrong_key = "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: AAAA\r\n\r\n";
    for (const std::string& answer :
         {std::string{"HTTP/1.1 403 Forbidden\r\n\r\n"}, wrong_key, upgraded("other"),
          std::string{R"({"status":"error","reason":"invalid_json"})"} + "\n",
          upgraded() + message(net::Opcode::text, R"({"type":"error","reason":"too_many_topics","detail":"x"})"),
          upgraded() + message(net::Opcode::text, "no JSON")}) {
        Talk talk{ws_plan()};
        talk.take(0);
        talk.hear(answer);
        CHECK_FALSE(talk.exchange.ready());
        CHECK_FALSE(talk.exchange.refusal().empty());
    }
}

TEST_CASE("frames: what may be in flight goes out in one message, masked, with payloads of the size asked for") {
    Talk talk{ws_plan(40)};
    talk.greet();
    const std::string out = talk.take(3, 5ns);
    CHECK(talk.begun == 3);
    CHECK(talk.exchange.in_flight() == 3);
    Seen seen;
    WebSocket server{WebSocket::Role::server};
    server.feed(out, seen);
    CHECK(seen.messages == 1);
    CHECK(seen.whole);
    CHECK(seen.types == std::vector<FrameType>(3, FrameType::publish));
    CHECK(seen.streams == std::vector<std::uint64_t>(3, kStream));
    for (const std::string& payload : seen.payloads) {
        CHECK(payload.size() == 40);
        CHECK(stamp_of(payload) == 1000s + 5ns);
    }
    CHECK(seen.payloads[0] != seen.payloads[1]);
}

TEST_CASE("frames: in an open loop an event says when it was due, not when it was sent") {
    Talk talk{ws_plan(16), Schedule{.first = 100, .every = 50}};
    talk.greet();
    Seen seen;
    WebSocket server{WebSocket::Role::server};
    server.feed(talk.take(2, 900ns), seen);
    REQUIRE(seen.payloads.size() == 2);
    CHECK(stamp_of(seen.payloads[0]) == 1000s + 100ns);
    CHECK(stamp_of(seen.payloads[1]) == 1000s + 150ns);
    talk.hear(acks({0, 1}), 1000ns);
    CHECK(talk.slice.latency.max() == 900);
    CHECK(talk.slice.from_sending.max() == 100);
}

TEST_CASE("frames: what the socket does not take is sent next time, from the same byte on") {
    Talk talk{ws_plan()};
    talk.greet();
    std::string wire;
    const std::string_view out = talk.exchange.outgoing(2, 0ns);
    wire += out.substr(0, 30);
    CHECK(talk.exchange.sent(30, 0ns) == 2);
    CHECK(talk.exchange.unfinished());
    wire += talk.exchange.outgoing(5, 0ns);
    CHECK(talk.exchange.sent(wire.size() - 30, 0ns) == 0);
    CHECK_FALSE(talk.exchange.unfinished());
    Seen seen;
    WebSocket server{WebSocket::Role::server};
    server.feed(wire, seen);
    CHECK(seen.payloads.size() == 2);
    CHECK(talk.exchange.begun() == 2);
}

TEST_CASE("frames: each PUBLISH gets one ACK, in order, with a growing offset, and answers may be cut anywhere") {
    const std::string answers = acks({3}) + acks({4, 9});
    for (std::size_t cut = 0; cut <= answers.size(); ++cut) {
        Talk talk{ws_plan()};
        talk.greet();
        talk.take(3, 10ns);
        talk.hear(answers.substr(0, cut), 20ns);
        talk.hear(answers.substr(cut), 30ns);
        const bool right = talk.slice.replies.accepted == 3 && talk.slice.from_sending.count() == 3 &&
                           talk.slice.complaint.empty() && talk.exchange.last_acknowledged() == 9U;
        if (!right) FAIL("cut at " << cut);
    }
    SUCCEED();
}

TEST_CASE("frames: faults of a server come to counts") {
    struct Case {
        std::string name, answers;
        std::uint64_t accepted, mismatched, unexpected, busy, errors, missing;
    };
    const auto error = [](const std::string& reason) {
        return message(net::Opcode::binary,
                       frame(FrameType::error, 0, R"({"reason":")" + reason + R"(","detail":""})"));
    };
    const Case cases[] = {
        {"the same offset twice", acks({5, 5, 6}), 2, 1, 0, 0, 0, 0},
        {"an offset that falls", acks({5, 4, 6}), 2, 1, 0, 0, 0, 0},
        {"one too many", acks({1, 2, 3, 4}), 3, 0, 1, 0, 0, 0},
        {"one too few", acks({1, 2}), 2, 0, 0, 0, 0, 1},
        {"another stream", message(net::Opcode::binary, frame(FrameType::ack, 1, {}, 8)) + acks({4, 5}), 2, 1, 0, 0, 0,
         0},
        {"busy", acks({1}) + error("server_busy") + acks({2}), 2, 0, 0, 1, 0, 0},
        {"refused", acks({1}) + error("disk_full") + acks({2}), 2, 0, 0, 0, 1, 0},
        {"a message", acks({1}) + message(net::Opcode::binary, frame(FrameType::message, 1)), 1, 0, 1, 0, 0, 2},
        {"half a frame", acks({1, 2, 3}) + message(net::Opcode::binary, "half"), 3, 0, 1, 0, 0, 0},
        {"a text", acks({1, 2, 3}) + message(net::Opcode::text, "{}"), 3, 0, 1, 0, 0, 0},
    };
    for (const Case& fault : cases) {
        Talk talk{ws_plan()};
        talk.greet();
        talk.take(3);
        talk.hear(fault.answers);
        talk.exchange.finish(talk.slice);
        INFO(fault.name);
        CHECK(talk.slice.replies.accepted == fault.accepted);
        CHECK(talk.slice.replies.mismatched == fault.mismatched);
        CHECK(talk.slice.unexpected == fault.unexpected);
        CHECK(talk.slice.replies.server_busy == fault.busy);
        CHECK(talk.slice.replies.errors == fault.errors);
        CHECK(talk.slice.missing == fault.missing);
        CHECK(talk.slice.complaint.empty() == (fault.mismatched + fault.unexpected + fault.errors == 0));
    }
}

TEST_CASE("frames: a ping is answered, and the goodbye is a close") {
    Talk talk{ws_plan()};
    talk.greet();
    talk.hear(message(net::Opcode::ping, "x"));
    CHECK(talk.exchange.unfinished());
    const std::string pong = talk.take(0);
    CHECK(pong.substr(0, 2) == "\x8A\x81");
    const std::string bye = talk.exchange.goodbye();
    CHECK(bye.substr(0, 1) == "\x88");
}

TEST_CASE("payloads: too short for a time, they carry none") {
    const Payloads payloads{ws_plan(15)};
    std::string text;
    payloads.append(text, 3, 5ns);
    CHECK(text.size() == 15);
    CHECK_FALSE(stamp_of(text));
    CHECK_FALSE(stamp_of("a foreign event, not ours"));
}

TEST_CASE("deliveries: every offset once and in order, all else is counted") {
    struct Case {
        std::vector<std::uint64_t> offsets;
        std::uint64_t skipped, repeated, next;
    };
    const Case cases[] = {{{5, 6, 7}, 0, 0, 8},    {{5, 7}, 1, 0, 8}, {{5, 5, 6}, 0, 1, 7},
                          {{5, 7, 6, 8}, 1, 1, 9}, {{4, 5}, 0, 1, 6}, {{8}, 3, 0, 9}};
    for (const Case& one : cases) {
        DeliveryCheck check;
        check.begin(5);
        std::uint64_t right = 0;
        for (const std::uint64_t offset : one.offsets) right += check.take(offset) ? 1 : 0;
        CHECK(check.skipped() == one.skipped);
        CHECK(check.repeated() == one.repeated);
        CHECK(check.next() == one.next);
        CHECK((right == one.offsets.size()) == (one.skipped + one.repeated == 0));
    }
}

}  // namespace
}  // namespace station::hammer
