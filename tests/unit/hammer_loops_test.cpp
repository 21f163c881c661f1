#include "catch.hpp"
#include "fake_server.hpp"
#include "gate.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <loadgen/hammer/hammer.hpp>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

// When the hammer sends: open loops, ramps, holds, and the connections that send next to nothing. Nothing
// here says how fast a machine must be: what is checked are counts, orders, ratios, and that nothing happens
// too early.
namespace station::hammer {
namespace {

using namespace std::chrono_literals;
using test::echo;
using test::FakeServer;
using test::kLong;
using test::Peer;
using test::Serving;

Plan open_plan(const net::Endpoint& target, double rate) {
    Plan plan;
    plan.target = target;
    plan.connections = 4;
    plan.rate = rate;
    plan.duration = kLong;
    plan.patience = kLong;
    plan.mix = Mix::echo;
    return plan;
}

TEST_CASE("open loop: a stall shows in the latency from due, and hides in the latency from sending") {
    constexpr auto kStall = 400ms;
    constexpr std::size_t kBeforeStall = 100;
    std::mutex one_at_a_time;
    std::size_t served = 0;
    const FakeServer server([&](Peer& peer) {
        while (const auto line = peer.read_line()) {
            const std::lock_guard lock{one_at_a_time};
            if (++served == kBeforeStall) std::this_thread::sleep_for(kStall);
            peer.write(*line + '\n');
        }
    });
    Plan plan = open_plan(server.endpoint(), 2000);
    plan.requests = 2000;  // a second's worth, of which four are sent into the stall and some 800 fall due in it
    const Result result = run(plan);
    CHECK(result.replies.echoed == 2000);
    CHECK(result.latency.count() == 2000);
    CHECK(result.from_sending.count() == 2000);
    const auto stall = static_cast<std::uint64_t>(std::chrono::nanoseconds{kStall}.count());
    CHECK(result.latency.percentile(99) > stall / 2);
    CHECK(result.from_sending.max() >= stall);
    CHECK(result.latency.percentile(99) > 2 * result.from_sending.percentile(99));
    CHECK(result.latency.percentile(80) > 4 * result.from_sending.percentile(80));
}

TEST_CASE("open loop: requests go out when they are due, in turn over all connections") {
    std::mutex mutex;
    std::vector<std::size_t> by_connection(4);
    const FakeServer server([&](Peer& peer) {
        while (const auto line = peer.read_line()) {
            {
                const std::lock_guard lock{mutex};
                ++by_connection[peer.number()];
            }
            peer.write(*line + '\n');
        }
    });
    Plan plan = open_plan(server.endpoint(), 1000);
    plan.threads = 2;
    plan.pipeline = 100;
    plan.requests = 400;
    const Result result = run(plan);
    CHECK(result.replies.echoed == 400);
    CHECK(by_connection == std::vector<std::size_t>(4, 100));
    // An open loop that runs ahead of its schedule measures nothing.
    std::uint64_t sent = 0;
    for (const Sample& sample : result.series) {
        sent += sample.sent;
        CHECK(sent <= 1 + static_cast<std::uint64_t>(sample.at / 1ms));
    }
    CHECK(result.unsent == 0);
}

TEST_CASE("open loop: what was due and could not be sent is said") {
    const FakeServer server([](Peer& peer) {
        while (peer.read_line()) {
        }
    });
    Plan plan = open_plan(server.endpoint(), 1000);
    plan.duration = 200ms;
    plan.patience = 50ms;
    const Result result = run(plan);
    CHECK(result.sent == 4);  // one in flight on each connection
    CHECK(result.missing == 4);
    CHECK(result.due == 200);
    CHECK(result.unsent == 200 - 4);
    CHECK(result.cut_off == 0);
    CHECK(result.latency.count() == 200);
    CHECK(result.from_sending.count() == 0);
    CHECK(result.latency.max() >= 200'000'000);
    CHECK(result.elapsed == 200ms);
}

TEST_CASE("open loop: what falls due when the server has gone is counted to the end") {
    const FakeServer server([](Peer& peer) {
        if (const auto line = peer.read_line()) peer.write(*line + '\n');
    });
    Plan plan = open_plan(server.endpoint(), 100);
    plan.threads = 2;
    plan.duration = 300ms;
    const Result result = run(plan);
    CHECK(result.due == 30);
    CHECK(result.replies.echoed == 4);
    CHECK(result.unanswered() == 26);
    CHECK(result.cut_off + result.missing == 26);
    CHECK(result.latency.count() == 30);
    CHECK(result.elapsed == 300ms);
    CHECK(result.latency.max() >= 260'000'000);  // of the fifth
}

TEST_CASE("open loop: an interrupt ends it also where the server has gone") {
    const FakeServer server([](Peer& peer) { peer.read_line(); });
    std::atomic<bool> interrupted{false};
    const Result result = run(open_plan(server.endpoint(), 100), interrupted, [&](const Sample& now, Nanoseconds) {
        if (now.sent > 0 && now.open == 0) interrupted = true;
    });
    CHECK(result.interrupted);
    CHECK(result.elapsed < kLong);
    CHECK(result.due == result.unanswered());
    CHECK(result.latency.count() == result.due);
}

TEST_CASE("open loop: so many requests as were asked for, also where the server leaves before it has had them") {
    const FakeServer server([](Peer& peer) { peer.read_line(); });
    Plan plan = open_plan(server.endpoint(), 1000);
    plan.requests = 50;
    const Result result = run(plan);
    CHECK(result.due == 50);
    CHECK(result.unanswered() == 50);
    CHECK(result.elapsed == 50ms);
}

TEST_CASE("open loop: no more falls due than is to be sent, however far behind the server is") {
    const FakeServer server([](Peer& peer) {
        while (const auto line = peer.read_line()) {
            std::this_thread::sleep_for(1ms);
            peer.write(*line + '\n');
        }
    });
    Plan plan = open_plan(server.endpoint(), 100'000);
    plan.requests = 40;
    const Result result = run(plan);
    CHECK(result.replies.echoed == 40);
    CHECK(result.unsent == 0);
}

TEST_CASE("ramp: connections are opened one after another, and none too early") {
    const FakeServer server{echo};
    Plan plan = open_plan(server.endpoint(), 0);
    plan.connections = 10;
    plan.ramp = 200ms;
    std::atomic<bool> interrupted{false};
    const Result result = run(plan, interrupted, [&](const Sample& now, Nanoseconds) {
        if (now.open == 10) interrupted = true;
    });
    CHECK(result.connected == 10);
    REQUIRE(result.spans.size() == 10);
    for (std::size_t i = 0; i < result.spans.size(); ++i) {
        CHECK(result.spans[i].started >= 20ms * i);
        if (i > 0) CHECK(result.spans[i].started > result.spans[i - 1].started);
    }
}

TEST_CASE("ramp: in an open loop the rate grows with the connections") {
    const FakeServer server{echo};
    Plan plan = open_plan(server.endpoint(), 1000);
    plan.connections = 10;
    plan.ramp = 200ms;
    plan.duration = 200ms;
    const Result result = run(plan);
    // Half of the 200 slots lie before their connection's opening.
    CHECK(result.due == result.sent + result.unsent);
    CHECK(result.due >= 80);
    CHECK(result.due <= 120);
}

constexpr auto kHold = 40ms;
constexpr std::size_t kClients = 6;

Plan hold_plan(const net::Endpoint& target) {
    Plan plan = open_plan(target, 0);
    plan.connections = kClients;
    plan.hold = kHold;
    plan.duration = 0s;  // says nothing here: the run ends when all have left
    return plan;
}

TEST_CASE("hold: clients that are served one at a time wait for those before them to leave") {
    const FakeServer server{echo, Serving::one_at_a_time};
    const Result result = run(hold_plan(server.endpoint()));
    CHECK(result.replies.echoed == kClients);
    CHECK(result.reset + result.missing == 0);
    REQUIRE(result.spans.size() == kClients);
    std::vector<Nanoseconds> served;
    for (const Span& span : result.spans) {
        CHECK(span.ended - span.first_reply >= kHold);
        served.push_back(span.first_reply);
    }
    std::sort(served.begin(), served.end());
    for (std::size_t i = 1; i < kClients; ++i) CHECK(served[i] - served[i - 1] >= kHold);
}

TEST_CASE("hold: clients are there together where the server allows it, and send one request each") {
    test::Gate all_there{kClients};
    std::atomic<std::size_t> lines{0};
    const FakeServer server([&](Peer& peer) {
        while (const auto line = peer.read_line()) {
            ++lines;
            if (all_there.arrive_and_wait()) peer.write(*line + '\n');
        }
    });
    const Result result = run(hold_plan(server.endpoint()));
    CHECK(result.replies.echoed == kClients);
    CHECK(result.sent == kClients);
    CHECK(lines == kClients);
    for (const Span& span : result.spans) CHECK(span.ended - span.first_reply >= kHold);
}

TEST_CASE("dribblers never send a whole line, idle connections send nothing") {
    std::mutex mutex;
    std::vector<std::string> unfinished;
    std::atomic<std::size_t> lines{0};
    {
        const FakeServer server([&](Peer& peer) {
            while (const auto line = peer.read_line()) {
                ++lines;
                peer.write(*line + '\n');
            }
            const std::lock_guard lock{mutex};
            unfinished.push_back(peer.unfinished());
        });
        Plan plan = open_plan(server.endpoint(), 0);
        plan.connections = 1;
        plan.idle = 3;
        plan.dribblers = 2;
        plan.dribble_every = 1ms;
        std::atomic<bool> interrupted{false};
        const Result result = run(plan, interrupted, [&](const Sample& now, Nanoseconds) {
            if (now.open == 6) interrupted = true;
        });
        CHECK(result.connected == 6);
        CHECK(result.reset == 0);
        CHECK(result.spans.size() == 1);
        CHECK(result.replies.echoed == lines);
    }
    CHECK(std::count(unfinished.begin(), unfinished.end(), "") == 4);
    const std::string half_line = R"({"user":")" + std::string(100'000, 'a');
    CHECK(std::count_if(unfinished.begin(), unfinished.end(),
                        [&](const std::string& text) { return !text.empty() && half_line.starts_with(text); }) == 2);
}

TEST_CASE("series: slices follow each other and hold all that happened") {
    const FakeServer server{echo};
    Plan plan = open_plan(server.endpoint(), 0);
    plan.duration = 350ms;
    plan.threads = 3;
    const Result result = run(plan);
    REQUIRE(result.series.size() >= 4);
    std::uint64_t sent = 0;
    std::uint64_t replies = 0;
    for (std::size_t i = 0; i < result.series.size(); ++i) {
        const Sample& sample = result.series[i];
        sent += sample.sent;
        replies += sample.replies.total();
        if (i > 0) CHECK(sample.at > result.series[i - 1].at);
        CHECK(sample.p50 <= sample.p99);
    }
    CHECK(result.series[0].at == 100ms);
    CHECK(
        std::any_of(result.series.begin(), result.series.end(), [](const Sample& sample) { return sample.open == 4; }));
    CHECK(result.series.back().open == 0);
    CHECK(sent == result.sent);
    CHECK(replies == result.replies.total());
}

}  // namespace
}  // namespace station::hammer
