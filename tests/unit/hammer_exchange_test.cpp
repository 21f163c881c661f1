#include "catch.hpp"

#include <loadgen/hammer/json.hpp>
#include <loadgen/hammer/line_exchange.hpp>
#include <loadgen/hammer/reply_kind.hpp>
#include <loadgen/hammer/text.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

// The parts of the hammer that touch no socket.
namespace station::hammer {
namespace {

using namespace std::chrono_literals;

Plan plan_of(Mix mix) {
    Plan plan;
    plan.mix = mix;
    plan.payload = 9;
    return plan;
}

std::string first_lines(const Requests& requests, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += requests.line(i);
    return text;
}

TEST_CASE("requests: the same seed gives the same lines, another one others") {
    Plan plan = plan_of(GENERATE(Mix::echo, Mix::events));
    const Requests one{plan};
    const Requests two{plan};
    plan.seed = 2;
    const Requests three{plan};
    CHECK(first_lines(one, 50) == first_lines(two, 50));
    CHECK(first_lines(one, 50) != first_lines(three, 50));
}

TEST_CASE("requests: a batch is its lines end to end, also where the ring begins again") {
    const Requests requests{plan_of(GENERATE(Mix::echo, Mix::events))};
    const std::uint64_t first = requests.size() - 3;
    std::string lines;
    for (std::uint64_t i = 0; i < 8; ++i) lines += requests.line(first + i);
    CHECK(requests.batch(first, 8) == lines);
    CHECK(requests.line(0) == requests.line(requests.size()));
}

TEST_CASE("requests: how many lines are begun after so many bytes") {
    const Requests requests{plan_of(Mix::echo)};  // lines of 10 bytes
    CHECK(requests.lines_begun(7, 0) == 0);
    CHECK(requests.lines_begun(7, 1) == 1);
    CHECK(requests.lines_begun(7, 10) == 1);
    CHECK(requests.lines_begun(7, 11) == 2);
    CHECK(requests.lines_begun(requests.size() - 1, 25) == 3);
}

TEST_CASE("requests: echo lines are printable and of the size asked for") {
    const Requests requests{plan_of(Mix::echo)};
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const std::string_view line = requests.line(i);
        if (line.size() != 10 || line.back() != '\n') FAIL("line " << i);
        for (const char c : line.substr(0, 9)) {
            if (c <= ' ' || c > '~') FAIL("line " << i);
        }
    }
    SUCCEED();
}

TEST_CASE("requests: events name the users, buy and sell, and buys-only buys 1") {
    Plan plan = plan_of(Mix::events);
    plan.users = 3;
    plan.reads = 0.25;
    plan.buys_only = GENERATE(false, true);
    const Requests requests{plan};
    std::set<std::string> users;
    std::set<std::string> actions;
    std::size_t reads = 0;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const auto line = nlohmann::json::parse(requests.line(i));
        users.insert(line["user"]);
        const bool read = line.contains("type");
        if (read != requests.asks_balance(i)) FAIL("line " << i);
        if (read) {
            ++reads;
            continue;
        }
        actions.insert(line["action"]);
        if (plan.buys_only ? line["amount"] != 1 : line["amount"] < 1) FAIL("line " << i);
    }
    CHECK(users == std::set<std::string>{"user0", "user1", "user2"});
    CHECK(actions == (plan.buys_only ? std::set<std::string>{"buy"} : std::set<std::string>{"buy", "sell"}));
    const double share = static_cast<double>(reads) / static_cast<double>(requests.size());
    CHECK(share > 0.2);
    CHECK(share < 0.3);
}

TEST_CASE("exchange: what the socket does not take is sent next time, from the same byte on") {
    const Requests requests{plan_of(Mix::echo)};
    LineExchange exchange{requests, 5, {}};
    std::string wire;
    const auto send = [&](std::size_t most, std::size_t taken) {
        const std::string_view out = exchange.outgoing(most, 0ns);
        wire += out.substr(0, taken);
        return exchange.sent(taken, 0ns);
    };
    CHECK(send(3, 14) == 2);
    CHECK(exchange.unfinished());
    CHECK(exchange.in_flight() == 2);
    CHECK(send(0, 2) == 0);
    CHECK(send(2, 4) == 0);
    CHECK_FALSE(exchange.unfinished());
    CHECK(send(2, 20) == 2);
    CHECK(exchange.begun() == 4);
    CHECK(wire == requests.batch(5, 4));
}

TEST_CASE("exchange: replies may be cut anywhere") {
    const Requests requests{plan_of(Mix::echo)};
    const std::string replies{requests.batch(0, 3)};
    for (std::size_t cut = 0; cut <= replies.size(); ++cut) {
        LineExchange exchange{requests, 0, {}};
        Slice slice;
        exchange.outgoing(3, 0ns);
        exchange.sent(replies.size(), 10ns);
        exchange.received(replies.substr(0, cut), 20ns, slice);
        exchange.received(replies.substr(cut), 30ns, slice);
        if (slice.replies.echoed != 3 || slice.from_sending.count() != 3 || exchange.in_flight() != 0) {
            FAIL("cut at " << cut);
        }
    }
    SUCCEED();
}

TEST_CASE("exchange: a fault and a cut anywhere come to the same counts") {
    const Requests requests{plan_of(Mix::echo)};
    const std::string sent{requests.batch(0, 6)};
    std::string changed = sent;
    changed[23] = changed[23] == 'x' ? 'y' : 'x';
    const std::string left_out = sent.substr(0, 20) + sent.substr(30);
    const std::string extra = sent.substr(0, 20) + "what?\n" + sent.substr(20);
    const std::string swapped = sent.substr(0, 20) + sent.substr(30, 10) + sent.substr(20, 10) + sent.substr(40);
    struct Case {
        std::string_view name;
        std::string replies;
        std::uint64_t echoed, mismatched, missing, unexpected;
    };
    const Case cases[] = {{"changed", changed, 5, 1, 0, 0},
                          {"left out", left_out, 5, 0, 1, 0},
                          {"extra", extra, 6, 0, 0, 1},
                          {"swapped", swapped, 4, 2, 0, 0}};
    for (const Case& fault : cases) {
        for (std::size_t cut = 0; cut <= fault.replies.size(); ++cut) {
            LineExchange exchange{requests, 0, {}};
            Slice slice;
            exchange.outgoing(6, 0ns);
            exchange.sent(sent.size(), 0ns);
            exchange.received(fault.replies.substr(0, cut), 1ns, slice);
            exchange.received(fault.replies.substr(cut), 1ns, slice);
            exchange.finish(slice);
            INFO(fault.name << ", cut at " << cut);
            const bool right = slice.replies.echoed == fault.echoed && slice.replies.mismatched == fault.mismatched &&
                               slice.missing == fault.missing && slice.unexpected == fault.unexpected;
            if (!right) FAIL();
        }
    }
    SUCCEED();
}

TEST_CASE("exchange: latency counts from due, and from sending beside it") {
    const Requests requests{plan_of(Mix::echo)};
    LineExchange exchange{requests, 0, Schedule{.first = 1000, .every = 500}};
    Slice slice;
    exchange.outgoing(2, 0ns);
    exchange.sent(20, 4000ns);  // due at 1000 and at 1500
    exchange.received(requests.batch(0, 2), 4100ns, slice);
    CHECK(slice.latency.max() == 3100);
    CHECK(slice.latency.min() == 2600);
    CHECK(slice.from_sending.max() == 100);
    CHECK(slice.from_sending.count() == 2);
}

TEST_CASE("classify: the contract's replies to the letter, all else is other") {
    CHECK(classify(R"({"status":"accepted"})") == ReplyKind::accepted);
    CHECK(classify(R"({"status":"accepted","id":"0190a","offset":7})") == ReplyKind::accepted);
    CHECK(classify(R"({"status":"ok","balance":0})") == ReplyKind::ok);
    CHECK(classify(R"({"status":"ok","balance":-9223372036854775808})") == ReplyKind::ok);
    CHECK(classify(R"({"status":"rejected","reason":"server_busy"})") == ReplyKind::server_busy);
    CHECK(classify(R"({"status":"rejected","reason":"shutting_down"})") == ReplyKind::shutting_down);
    CHECK(classify(R"({"status":"error","reason":"invalid_event","detail":"x"})") == ReplyKind::error);
    for (const std::string_view other :
         {"", "{", R"({"status":"accepted"} )", R"({"status":"ok"})", R"({"status":"ok","balance":})",
          R"({"status":"ok","balance":-})", R"({"status":"ok","balance":1.5})", R"({"status":"ok","balance":1)",
          R"({"status":"rejected","reason":"tired"})", R"({"status":"error","reason":"x")",
          "{\"status\":\"accepted\"}\r"}) {
        CHECK(classify(other) == ReplyKind::other);
    }
}

TEST_CASE("text: numbers and times as people read them") {
    CHECK(short_time(0) == "0 ns");
    CHECK(short_time(999) == "999 ns");
    CHECK(short_time(1000) == "1.00 us");
    CHECK(short_time(12'340) == "12.3 us");
    CHECK(short_time(999'999) == "1.00 ms");
    CHECK(short_time(123'400'000) == "123 ms");
    CHECK(short_time(5'024'000'000) == "5.02 s");
    CHECK(shown("a\x1b[31m\xffz\n") == R"("a\x1B[31m\xFFz")");
    CHECK(shown(std::string(65, 'a')) == '"' + std::string(64, 'a') + "\" and more");
    CHECK(shown("short") == "\"short\"");
}

TEST_CASE("json: plan and result in full, with units in the names") {
    Plan plan = plan_of(Mix::echo);
    plan.target = {.host = "::1", .port = 7002};
    Result result;
    result.sent = 3;
    result.replies.echoed = 2;
    result.missing = 1;
    result.elapsed = 2s;
    result.first_error = "not \xff UTF-8";
    result.latency.record(100, 2);
    result.series.emplace_back().at = 100ms;
    result.spans.emplace_back().ended = 7ns;
    const auto json = nlohmann::json::parse(to_json(plan, result));
    CHECK(json["plan"]["target"] == "[::1]:7002");
    CHECK(json["plan"]["loop"] == "closed");
    CHECK(json["plan"]["duration_ns"] == 5'000'000'000);
    CHECK(json["result"]["rate_per_second"] == 1.0);
    CHECK(json["result"]["replies"]["total"] == 2);
    CHECK(json["result"]["missing"] == 1);
    CHECK(json["result"]["latency_ns"]["p99_9"] == 100);
    CHECK(json["result"]["series"][0]["at_ns"] == 100'000'000);
    CHECK(json["result"]["spans"][0]["ended_ns"] == 7);
}

}  // namespace
}  // namespace station::hammer
