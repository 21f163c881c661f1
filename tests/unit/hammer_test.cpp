#include "catch.hpp"
#include "fake_server.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <loadgen/hammer/hammer.hpp>
#include <loadgen/hammer/socket.hpp>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

// The hammer against servers that are wrong in known ways. Each run ends by itself when all replies are in or
// the server has closed; kLong only bounds what a broken hammer would wait.
namespace station::hammer {
namespace {

using namespace std::chrono_literals;
using test::echo;
using test::FakeServer;
using test::kLong;
using test::Peer;

constexpr std::size_t kRequests = 8;

Plan echo_plan(const net::Endpoint& target) {
    Plan plan;
    plan.target = target;
    plan.connections = 1;
    plan.pipeline = kRequests;
    plan.requests = kRequests;
    plan.duration = kLong;
    plan.patience = kLong;
    plan.mix = Mix::echo;
    plan.payload = 32;
    return plan;
}

Plan event_plan(const net::Endpoint& target) {
    Plan plan = echo_plan(target);
    plan.mix = Mix::events;
    return plan;
}

// Reads all the requests, then sends what `answer` makes of them, then closes.
FakeServer::Serve after_all(std::function<void(std::vector<std::string>& lines)> answer) {
    return [answer](Peer& peer) {
        std::vector<std::string> lines;
        while (lines.size() < kRequests) {
            const auto line = peer.read_line();
            if (!line) return;
            lines.push_back(*line);
        }
        answer(lines);
        for (const std::string& line : lines) peer.write(line + '\n');
    };
}

std::uint64_t sum_of_series(const Result& result) {
    std::uint64_t total = 0;
    for (const Sample& sample : result.series) total += sample.replies.total();
    return total;
}

// Everything that was sent has exactly one fate.
void check_adds_up(const Result& result) {
    CHECK(result.sent == result.replies.total() + result.missing);
    CHECK(result.due == result.replies.total() + result.unanswered());
    CHECK(result.latency.count() <= result.replies.total());
    CHECK(sum_of_series(result) == result.replies.total());
}

TEST_CASE("hammer: every reply of a faithful echo is counted once") {
    const FakeServer server{echo};
    Plan plan = echo_plan(server.endpoint());
    plan.connections = 7;
    plan.threads = 2;
    plan.requests = 5003;  // no multiple of anything
    plan.pipeline = 5;
    const Result result = run(plan);
    check_adds_up(result);
    CHECK(result.sent == 5003);
    CHECK(result.replies.echoed == 5003);
    CHECK(result.latency.count() == 5003);
    CHECK(result.from_sending.count() == 5003);
    CHECK(result.missing + result.unexpected + result.unsent == 0);
    CHECK(result.connected == 7);
    CHECK(result.connect_failures + result.reset == 0);
    CHECK(result.first_error.empty());
    CHECK_FALSE(result.interrupted);
    CHECK(result.elapsed > 0ns);
    CHECK(result.rate() > 0);
    REQUIRE(result.spans.size() == 7);
    for (const Span& span : result.spans) {
        CHECK(span.first_reply > span.started);
        CHECK(span.ended > span.first_reply);
    }
}

TEST_CASE("hammer: lines larger than the socket's buffers go out and come back in pieces") {
    const FakeServer server{echo};
    Plan plan = echo_plan(server.endpoint());
    plan.payload = 3 << 20;
    const Result result = run(plan);
    check_adds_up(result);
    CHECK(result.replies.echoed == kRequests);
    CHECK(result.first_error.empty());
}

TEST_CASE("hammer: two replies in the wrong order are two mismatches") {
    const FakeServer server{after_all([](auto& lines) { std::swap(lines[3], lines[4]); })};
    const Result result = run(echo_plan(server.endpoint()));
    check_adds_up(result);
    CHECK(result.replies.mismatched == 2);
    CHECK(result.replies.echoed == kRequests - 2);
    CHECK(result.missing + result.unexpected == 0);
    CHECK(result.first_error.starts_with("expected \""));
}

TEST_CASE("hammer: a reply that is left out is missing, and the others are right") {
    const std::size_t left_out = GENERATE(std::size_t{0}, std::size_t{3}, kRequests - 2, kRequests - 1);
    const FakeServer server{
        after_all([=](auto& lines) { lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(left_out)); })};
    const Result result = run(echo_plan(server.endpoint()));
    check_adds_up(result);
    CHECK(result.missing == 1);
    CHECK(result.replies.echoed == kRequests - 1);
    CHECK(result.replies.mismatched + result.unexpected == 0);
}

TEST_CASE("hammer: several replies left out in a row are that many missing") {
    const FakeServer server{after_all([](auto& lines) { lines.erase(lines.begin() + 1, lines.begin() + 4); })};
    const Result result = run(echo_plan(server.endpoint()));
    check_adds_up(result);
    CHECK(result.missing == 3);
    CHECK(result.replies.echoed == kRequests - 3);
    CHECK(result.replies.mismatched + result.unexpected == 0);
}

TEST_CASE("hammer: a changed byte is one mismatch") {
    const std::size_t changed = GENERATE(std::size_t{0}, std::size_t{3}, kRequests - 1);
    const FakeServer server{after_all([=](auto& lines) { lines[changed][17] ^= 1; })};
    const Result result = run(echo_plan(server.endpoint()));
    check_adds_up(result);
    CHECK(result.replies.mismatched == 1);
    CHECK(result.replies.echoed == kRequests - 1);
    CHECK(result.missing + result.unexpected == 0);
}

TEST_CASE("hammer: an extra line is unexpected, wherever it stands") {
    const std::size_t place = GENERATE(std::size_t{0}, std::size_t{3}, kRequests);
    const FakeServer server{after_all(
        [=](auto& lines) { lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(place), "nobody asked"); })};
    const Result result = run(echo_plan(server.endpoint()));
    check_adds_up(result);
    CHECK(result.unexpected == 1);
    CHECK(result.replies.echoed == kRequests);
    CHECK(result.replies.mismatched + result.missing == 0);
    CHECK(result.first_error.find("nobody asked") != std::string::npos);
}

TEST_CASE("hammer: a line that comes when all is said is heard still") {
    const FakeServer server([](Peer& peer) {
        echo(peer);  // until the client has sent its FIN
        peer.write("one more thing\n");
    });
    const Result result = run(echo_plan(server.endpoint()));
    check_adds_up(result);
    CHECK(result.replies.echoed == kRequests);
    CHECK(result.unexpected == 1);
    CHECK(result.reset == 0);
}

TEST_CASE("hammer: a reply that comes twice is unexpected the second time") {
    const FakeServer server{after_all([](auto& lines) { lines.insert(lines.begin() + 3, lines[2]); })};
    const Result result = run(echo_plan(server.endpoint()));
    check_adds_up(result);
    CHECK(result.unexpected == 1);
    CHECK(result.replies.echoed == kRequests);
    CHECK(result.replies.mismatched + result.missing == 0);
}

TEST_CASE("hammer: a server that closes half-way owes the rest") {
    const bool reset = GENERATE(false, true);
    const FakeServer server([=](Peer& peer) {
        std::vector<std::string> lines;
        while (lines.size() < kRequests) {
            const auto line = peer.read_line();
            if (!line) return;
            lines.push_back(*line);
        }
        for (std::size_t i = 0; i < 3; ++i) peer.write(lines[i] + '\n');
        peer.write(lines[3].substr(0, 5));
        if (!reset) return;
        // A reset may overtake the replies: only once the client has them is the count known.
        while (peer.unacknowledged() > 0) std::this_thread::yield();
        peer.reset_on_close();
    });
    const Result result = run(echo_plan(server.endpoint()));
    check_adds_up(result);
    CHECK(result.replies.echoed == 3);
    CHECK(result.missing == kRequests - 3);
    CHECK(result.reset == 1);
    CHECK(result.first_error.find("with 5 replies to come") != std::string::npos);
}

TEST_CASE("hammer: a server that closes at once while requests pour in is counted, not fatal") {
    const FakeServer server([](Peer& peer) {
        peer.read_line();
        peer.reset_on_close();
    });
    Plan plan = echo_plan(server.endpoint());
    plan.connections = 20;
    plan.requests = 0;
    plan.payload = 100'000;
    const Result result = run(plan);  // ends long before its duration: there is nobody left to talk to
    check_adds_up(result);
    CHECK(result.connected == 20);
    CHECK(result.reset == 20);
    CHECK(result.missing == result.sent);
}

TEST_CASE("hammer: sending where nothing can be sent is an error, not a signal that ends the process") {
    const FakeServer server{echo};
    const auto addresses = base::resolve(server.endpoint().host, server.endpoint().port);
    REQUIRE(addresses);
    Socket socket;
    const int error = socket.connect(*addresses);
    CHECK((error == 0 || error == EINPROGRESS));
    socket.shut_down_sending();
    CHECK(socket.send("anybody?\n") == -1);
    CHECK(errno == EPIPE);
}

TEST_CASE("hammer: nobody listens") {
    const test::DeafPort port;
    Plan plan = echo_plan(port.endpoint());
    plan.connections = 3;
    plan.idle = 2;
    plan.dribblers = 1;
    const Result result = run(plan);
    CHECK(result.connect_failures == 6);
    CHECK(result.connected == 0);
    CHECK(result.sent == 0);
    CHECK(result.rate() == 0);
    CHECK(result.first_error == "cannot connect to " + net::to_string(port.endpoint()) + ": Connection refused");
}

TEST_CASE("hammer: a host that can't be found is a failure in words") {
    const Result result = run(echo_plan({.host = "no such host", .port = 1}));
    CHECK(result.connect_failures == 1);
    CHECK(result.first_error == "cannot find no such host: Name or service not known");
}

TEST_CASE("hammer: patience ends where no reply comes") {
    const FakeServer server([](Peer& peer) {
        while (peer.read_line()) {
        }
    });
    Plan plan = echo_plan(server.endpoint());
    plan.patience = 100ms;
    const Result result = run(plan);
    check_adds_up(result);
    CHECK(result.sent == kRequests);
    CHECK(result.missing == kRequests);
    CHECK(result.reset == 0);
    CHECK(result.first_error == "a connection still waited for 8 replies at the end");
}

TEST_CASE("hammer: slow replies are waited for after the sending has ended") {
    const FakeServer server([](Peer& peer) {
        while (const auto line = peer.read_line()) {
            std::this_thread::sleep_for(20ms);
            peer.write(*line + '\n');
        }
    });
    const Result result = run(echo_plan(server.endpoint()));
    check_adds_up(result);
    CHECK(result.replies.echoed == kRequests);
    CHECK(result.elapsed >= 20ms * kRequests);
    CHECK(result.latency.percentile(100) >= 20'000'000 * kRequests);
}

TEST_CASE("hammer: replies byte by byte are still whole lines") {
    const FakeServer server([](Peer& peer) {
        while (const auto line = peer.read_line()) {
            for (const char c : *line + '\n') peer.write(std::string_view{&c, 1});
        }
    });
    const Result result = run(echo_plan(server.endpoint()));
    CHECK(result.replies.echoed == kRequests);
    CHECK(result.first_error.empty());
}

TEST_CASE("hammer: each kind of reply is counted as what it is") {
    const std::vector<std::string> replies = {R"({"status":"accepted"})",
                                              R"({"status":"ok","balance":-12})",
                                              R"({"status":"rejected","reason":"server_busy"})",
                                              R"({"status":"rejected","reason":"shutting_down"})",
                                              R"({"status":"error","reason":"invalid_json"})",
                                              R"({"status": "accepted"})",
                                              R"({"status":"accepted","id":"0190","offset":7})",
                                              "hello"};
    const FakeServer server{after_all([&](auto& lines) { lines = replies; })};
    const Result result = run(event_plan(server.endpoint()));
    check_adds_up(result);
    CHECK(result.replies.accepted == 2);
    CHECK(result.replies.ok == 1);
    CHECK(result.replies.server_busy == 1);
    CHECK(result.replies.shutting_down == 1);
    CHECK(result.replies.errors == 1);
    CHECK(result.replies.other == 2);
    CHECK(result.missing + result.unexpected + result.replies.mismatched == 0);
}

TEST_CASE("hammer: an event's reply too few is missing, one too many is unexpected") {
    const int more = GENERATE(-1, 0, 1);
    const FakeServer server{after_all([=](auto& lines) {
        lines.assign(static_cast<std::size_t>(static_cast<int>(kRequests) + more), R"({"status":"accepted"})");
    })};
    const Result result = run(event_plan(server.endpoint()));
    check_adds_up(result);
    CHECK(result.missing == (more < 0 ? 1U : 0U));
    CHECK(result.unexpected == (more > 0 ? 1U : 0U));
}

TEST_CASE("hammer: a balance query that is accepted has got another request's reply") {
    const FakeServer server{after_all([](auto& lines) {
        lines.assign(kRequests, R"({"status":"accepted"})");
        lines[2] = R"({"status":"ok","balance":1})";
    })};
    Plan plan = event_plan(server.endpoint());
    plan.reads = 1;
    const Result result = run(plan);
    check_adds_up(result);
    CHECK(result.replies.mismatched == kRequests - 1);
    CHECK(result.replies.ok == 1);
}

TEST_CASE("hammer: an interrupt ends the run early, with all that was seen") {
    const FakeServer server{echo};
    Plan plan = echo_plan(server.endpoint());
    plan.requests = 0;
    plan.connections = 4;
    std::atomic<bool> interrupted{false};
    std::uint64_t seen = 0;
    const Result result = run(plan, interrupted, [&](const Sample& now, Nanoseconds elapsed) {
        seen = now.replies.total();
        CHECK(elapsed > 0ns);
        if (seen > 0) interrupted = true;
    });
    check_adds_up(result);
    CHECK(result.interrupted);
    CHECK(result.elapsed < kLong);
    CHECK(seen > 0);
    CHECK(result.replies.total() >= seen);
    CHECK(result.missing == 0);
}

}  // namespace
}  // namespace station::hammer
