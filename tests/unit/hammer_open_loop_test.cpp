#include "catch.hpp"

#include <algorithm>
#include <cmath>
#include <loadgen/hammer/json.hpp>
#include <loadgen/hammer/line_exchange.hpp>
#include <loadgen/hammer/summary.hpp>
#include <loadgen/hammer/text.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

// What an open loop counts, by a clock that the tests wind: when requests fall due, and what becomes of those that
// nobody answers.
namespace station::hammer {
namespace {

using namespace std::chrono_literals;

Plan open_plan(double rate, Nanoseconds duration) {
    Plan plan;
    plan.connections = 1;
    plan.rate = rate;
    plan.duration = duration;
    plan.mix = Mix::echo;
    plan.payload = 9;
    return plan;
}

TEST_CASE("open loop: the slots are those that begin before the end") {
    CHECK(slots_of(open_plan(20'000, 3s)) == 60'000);
    CHECK(slots_of(open_plan(100, 5s)) == 500);
    CHECK(slots_of(open_plan(0.5, 3s)) == 2);
    CHECK(slots_of(open_plan(0.07, 100s)) == 7);  // 7.000000000000001 in binary
    CHECK(slots_of(open_plan(0.7, 10s)) == 7);
    CHECK(slots_of(open_plan(1.0 / 3, 9s)) == 3);
    CHECK(slots_of(open_plan(1e9, 1000s)) == 1'000'000'000'000);
    CHECK(slots_of(open_plan(1000, 1ms)) == 1);
    CHECK(slots_of(open_plan(1000, 1ns)) == 1);
    CHECK(slots_of(open_plan(1000, 0s)) == 0);
    CHECK(slots_of(open_plan(0, 3s)) == 0);
}

TEST_CASE("open loop: a hold sends one request a connection, whatever the rate") {
    Plan plan = open_plan(1000, 1s);
    plan.hold = 1ms;
    CHECK_FALSE(plan.open_loop());
    CHECK(slots_of(plan) == 0);
    CHECK(turns_of(plan, 3).schedule.every == 0);
}

TEST_CASE("open loop: the slots go round all connections, from each one's opening on") {
    Plan plan = open_plan(1000, 1s);
    plan.connections = 10;
    CHECK(turns_of(plan, 0).schedule.due(0) == 0ns);
    CHECK(turns_of(plan, 3).schedule.due(2) == 23ms);
    plan.ramp = 100ms;
    for (std::size_t i = 0; i < plan.connections; ++i) {
        const Turns turns = turns_of(plan, i);
        CHECK(turns.schedule.due(0) >= opening(plan, i));
        CHECK(turns.schedule.due(0) < opening(plan, i) + 10ms);
        CHECK(turns.first_round == static_cast<std::uint64_t>(turns.schedule.due(0) / 10ms));
    }
}

// A request's fate by the test's own books.
struct Fate {
    Nanoseconds due{0};
    Nanoseconds until{0};  // the answer, or the end
};

// The rank-th smallest wait, as a percentile is defined.
std::uint64_t exact_percentile(std::vector<Fate> fates, double percent) {
    std::ranges::sort(fates, {}, [](const Fate& fate) { return fate.until - fate.due; });
    const auto rank = static_cast<std::size_t>(std::ceil(percent * static_cast<double>(fates.size()) / 100 - 1e-9));
    const Fate& fate = fates[std::max<std::size_t>(rank, 1) - 1];
    return static_cast<std::uint64_t>((fate.until - fate.due).count());
}

// One connection at `every`, `pipeline` in flight at most, to a server that takes `work` for each request, one after
// the other, and stands still from `stops` to `resumes`; at `sending_ends` nothing more is sent, at `end` nothing is
// awaited.
struct World {
    Nanoseconds every = 2ms;
    std::size_t pipeline = 4;
    Nanoseconds work = 100us;
    Nanoseconds stops = 300ms;
    Nanoseconds resumes = 1300ms;
    Nanoseconds sending_ends = 2000ms;
    Nanoseconds end = 2100ms;
};

struct Outcome {
    metrics::Histogram latency;
    std::vector<Fate> fates;
    std::size_t answered = 0;
};

Outcome live_through(const World& world) {
    InFlight in_flight{{0, static_cast<double>(world.every.count())}};
    Slice slice;
    Outcome outcome;
    const auto due_count = static_cast<std::uint64_t>(world.sending_ends / world.every);
    std::uint64_t sent = 0;
    Nanoseconds server_free{0};
    constexpr auto kTick = 50us;
    for (Nanoseconds now{0}; now <= world.end; now += kTick) {
        const bool stands_still = now >= world.stops && now < world.resumes;
        if (!in_flight.empty() && !stands_still && now >= server_free) {
            outcome.fates.push_back({world.every * static_cast<Nanoseconds::rep>(outcome.answered++), now});
            in_flight.answered(1, now, slice);
            server_free = now + world.work;
        }
        while (now < world.sending_ends && sent < due_count && in_flight.size() < world.pipeline &&
               world.every * static_cast<Nanoseconds::rep>(sent) <= now) {
            if (in_flight.empty()) server_free = std::max(server_free, now + world.work);
            in_flight.sent(1, now);
            ++sent;
        }
    }
    for (std::uint64_t i = outcome.answered; i < due_count; ++i) {
        outcome.fates.push_back({world.every * static_cast<Nanoseconds::rep>(i), world.end});
    }
    in_flight.lose(in_flight.size());
    outcome.latency = slice.latency;
    in_flight.add_unanswered(due_count, world.end, outcome.latency);
    return outcome;
}

void check_percentiles(const Outcome& outcome) {
    REQUIRE(outcome.latency.count() == outcome.fates.size());
    for (const double percent : {1.0, 10.0, 25.0, 50.0, 75.0, 90.0, 99.0, 99.9, 100.0}) {
        const auto exact = static_cast<double>(exact_percentile(outcome.fates, percent));
        const auto found = static_cast<double>(outcome.latency.percentile(percent));
        CAPTURE(percent, exact, found);
        CHECK(std::abs(found - exact) <= 0.01 * exact);
    }
}

TEST_CASE("open loop: percentiles are the exact ones, over a pause of a second") {
    const Outcome outcome = live_through({});
    CHECK(outcome.answered == 1000);
    check_percentiles(outcome);
    CHECK(outcome.latency.percentile(90) > 500'000'000);
}

TEST_CASE("open loop: percentiles are the exact ones where a server hangs") {
    const Outcome outcome = live_through({.resumes = 1h});
    CHECK(outcome.answered == 150);
    check_percentiles(outcome);
    CHECK(outcome.latency.max() == 1'800'000'000);
}

TEST_CASE("open loop: percentiles are the exact ones where a server is too slow for the rate") {
    const Outcome outcome = live_through({.work = 5ms, .stops = 1h, .resumes = 1h});
    CHECK(outcome.answered < 500);
    check_percentiles(outcome);
}

TEST_CASE("open loop: nothing is due and nothing waits before it is due") {
    InFlight in_flight{{0, 1e6}};
    metrics::Histogram latency;
    in_flight.add_unanswered(0, 5ms, latency);
    CHECK(latency.count() == 0);
    in_flight.add_unanswered(3, 1ms, latency);  // the third is due at 2 ms, after the end
    CHECK(latency.count() == 3);
    CHECK(latency.min() == 0);
    CHECK(latency.max() == 1'000'000);
}

TEST_CASE("closed loop: what is missing has no due time, and no latency") {
    InFlight in_flight{{}};
    Slice slice;
    in_flight.sent(3, 0ns);
    in_flight.lose(3);
    metrics::Histogram latency;
    in_flight.add_unanswered(0, 1s, latency);
    CHECK(latency.count() == 0);
}

TEST_CASE("open loop: a reply that is left out in the middle waits from when its own request was due") {
    const Requests requests{open_plan(1, 1s)};
    LineExchange exchange{requests, 0, {0, 1e9}};  // due at 0, 1 s, 2 s, …
    Slice slice;
    const std::string sent{exchange.outgoing(6, 10s)};
    exchange.sent(sent.size(), 10s);
    exchange.received(sent.substr(0, 20) + sent.substr(40), 10s, slice);  // the third and the fourth have no reply
    exchange.finish(slice);
    CHECK(slice.missing == 2);
    CHECK(slice.replies.echoed == 4);
    metrics::Histogram latency;
    exchange.add_unanswered(8, 20s, latency);  // two more fell due and were never sent
    CHECK(latency.count() == 4);
    CHECK(latency.max() == 18'000'000'000);
    CHECK(latency.min() == 13'000'000'000);
    CHECK(latency.mean() == (18e9 + 17e9 + 14e9 + 13e9) / 4);
}

TEST_CASE("open loop: a reply that is left out just before the end waits from when its own request was due") {
    const Requests requests{open_plan(1, 1s)};
    LineExchange exchange{requests, 0, {0, 1e9}};
    Slice slice;
    const std::string sent{exchange.outgoing(3, 10s)};
    exchange.sent(sent.size(), 10s);
    exchange.received(sent.substr(0, 10) + sent.substr(20), 10s, slice);
    exchange.finish(slice);
    CHECK(slice.missing == 1);
    CHECK(slice.replies.echoed == 2);
    metrics::Histogram latency;
    exchange.add_unanswered(3, 20s, latency);
    CHECK(latency.count() == 1);
    CHECK(latency.max() == 19'000'000'000);
}

TEST_CASE("text: rates as they were asked for, and as they were measured") {
    CHECK(exact_rate(0.5) == "0.5");
    CHECK(exact_rate(20'000) == "20,000");
    CHECK(exact_rate(1234.25) == "1,234.25");
    CHECK(exact_rate(0.1) == "0.1");
    CHECK(exact_rate(0.999'999'9) == "1");
    CHECK(exact_rate(1e-7) == "1e-07");
    CHECK(measured_rate(0) == "0");
    CHECK(measured_rate(2.0 / 3) == "0.67");
    CHECK(measured_rate(15.24) == "15.2");
    CHECK(measured_rate(99.96) == "100");
    CHECK(measured_rate(20'000.4) == "20,000");
}

TEST_CASE("text: a dash is one character wide") {
    CHECK(right_aligned("–", 3) == "  –");
    CHECK(right_aligned("870 ns", 3) == "870 ns");
    metrics::Histogram latency;
    CHECK(latency_text(latency, 50) == "–");
    latency.record(870);
    CHECK(latency_text(latency, 50) == "870 ns");
}

TEST_CASE("summary: the line of an open loop says what was due and what has no answer") {
    Plan plan = open_plan(100, 5s);
    Result result;
    result.due = 500;
    result.sent = 101;
    result.replies.echoed = 100;
    result.missing = 1;
    result.unsent = 399;
    result.cut_off = 7;
    const std::string text = summary(plan, result);
    CHECK(text.find("  due                            500\n") != std::string::npos);
    CHECK(text.find("  unanswered                     400  ") != std::string::npos);
    CHECK(text.find("  cut off                          7  ") != std::string::npos);
    CHECK(text.find("  latency                    –         –         –         –         –\n") != std::string::npos);
    CHECK(omission(result).find("is – times") != std::string::npos);
    const auto document = nlohmann::json::parse(to_json(plan, result))["result"];
    CHECK(document["due"] == 500);
    CHECK(document["unanswered"] == 400);
    CHECK(document["unsent"] == 399);
    CHECK(document["cut_off"] == 7);
    CHECK(document["latency_ns"]["count"] == 0);
    CHECK(document["latency_ns"]["p50"].is_null());
    plan.rate = 0;
    CHECK(summary(plan, result).find("unanswered") == std::string::npos);
}

}  // namespace
}  // namespace station::hammer
