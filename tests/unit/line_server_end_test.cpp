#include "catch.hpp"
#include "running_server.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace station::net {
namespace {

using namespace std::chrono_literals;
using test::Deferred;
using test::Direct;
using test::LineClient;
using test::RunningServer;

auto now() { return std::chrono::steady_clock::now(); }
auto far_away() { return now() + test::kPatience; }

// Sends and reads for ever, until the server ends it.
void hammer(LineClient client) {
    std::string requests;
    for (int i = 0; i < 100; ++i) requests += "request\n";
    while (client.send(requests) && client.lines(100).size() == 100) continue;
}

void wait_until_refused(const Endpoint& endpoint) {
    const auto until = far_away();
    while (!test::is_refused(endpoint) && now() < until) std::this_thread::yield();
    CHECK(test::is_refused(endpoint));
}

TEMPLATE_TEST_CASE("line server: stop ends it under load, and connections are cut when it goes", "", Direct, Deferred) {
    for (int round = 0; round < 5; ++round) {
        std::vector<std::jthread> clients;
        RunningServer server{TestType::handler()};
        for (int i = 0; i < 8; ++i) {
            clients.emplace_back([client = server.connect()]() mutable { hammer(std::move(client)); });
        }
        LineClient witness = server.connect();
        CHECK(witness.send("x\n"));
        CHECK(witness.line() == "<x>");
        server->stop();
        CHECK(server.ended());
    }
}

TEMPLATE_TEST_CASE("line server: stopped before it runs, it does not run", "", Direct, Deferred) {
    LineServer server{{}, TestType::handler()};
    REQUIRE_FALSE(server.listen());
    server.stop();
    server.run();
    SUCCEED();
}

TEMPLATE_TEST_CASE("line server: it can go without having run, or listened", "", Direct, Deferred) {
    { LineServer server{{}, TestType::handler()}; }
    {
        LineServer server{{}, TestType::handler()};
        REQUIRE_FALSE(server.listen());
        LineClient client{server.endpoint()};
        CHECK(client.send("x\n"));
    }
    SUCCEED();
}

TEMPLATE_TEST_CASE("line server: draining, it refuses new clients and goes on with the others", "", Direct, Deferred) {
    RunningServer server{TestType::handler()};
    LineClient client = server.connect();
    CHECK(client.send("a\n"));
    CHECK(client.line() == "<a>");
    server->drain();
    wait_until_refused(server->endpoint());
    for (int i = 0; i < 100; ++i) {
        CHECK(client.send("b\n"));
        CHECK(client.line() == "<b>");
    }
}

TEMPLATE_TEST_CASE("line server: finish sends the replies that are ready, then ends every connection", "", Direct,
                   Deferred) {
    constexpr std::size_t kClients = 20;
    for (int round = 0; round < 10; ++round) {
        RunningServer server{TestType::handler()};
        std::vector<LineClient> clients;
        for (std::size_t i = 0; i < kClients; ++i) {
            clients.push_back(server.connect());
            CHECK(clients.back().send("first\n"));
            CHECK(clients.back().line() == "<first>");
        }
        for (std::size_t i = 0; i < kClients; i += 2) {
            CHECK(clients[i].send("last\nhalf"));
            clients[i].wait_until_delivered();
        }
        server->drain();
        server->finish(far_away());
        for (std::size_t i = 0; i < kClients; ++i) {
            CHECK(clients[i].rest() == (i % 2 == 0 ? "<last>\n" : ""));
            CHECK_FALSE(clients[i].was_reset());
        }
        clients.clear();
        CHECK(server.ended());
    }
}

TEMPLATE_TEST_CASE("line server: finish without clients ends at once, with or without a drain before", "", Direct,
                   Deferred) {
    const bool drain = GENERATE(false, true);
    RunningServer server{TestType::handler()};
    if (drain) server->drain();
    server->finish(far_away());
    CHECK(server.ended());
    CHECK(test::is_refused(server->endpoint()));
}

TEMPLATE_TEST_CASE("line server: finish under load ends every connection", "", Direct, Deferred) {
    for (int round = 0; round < 5; ++round) {
        RunningServer server{TestType::handler()};
        std::vector<std::jthread> clients;
        for (int i = 0; i < 8; ++i) {
            clients.emplace_back([client = server.connect()]() mutable { hammer(std::move(client)); });
        }
        LineClient witness = server.connect();
        CHECK(witness.send("x\n"));
        CHECK(witness.line() == "<x>");
        server->finish(far_away());
        clients.clear();
        CHECK(witness.rest().empty());
        witness.half_close();
        CHECK(server.ended());
    }
}

TEST_CASE("line server: finish waits for deferred replies that come before the deadline") {
    std::mutex mutex;
    std::vector<Responder> asked;
    test::Gate both_asked{2};
    RunningServer server{LineServer::DeferredHandler{[&](std::string_view, Responder respond) {
        const std::lock_guard lock{mutex};
        asked.push_back(respond);
        both_asked.arrive();
    }}};
    LineClient client = server.connect();
    CHECK(client.send("a\nb\n"));
    REQUIRE(both_asked.wait());
    server->finish(far_away());
    wait_until_refused(server->endpoint());
    asked[1]({"<b>"});
    asked[0]({"<a>"});
    CHECK(client.rest() == "<a>\n<b>\n");
    CHECK_FALSE(client.was_reset());
    client.half_close();
}

TEST_CASE("line server: at the deadline, who still waits for a reply is cut") {
    test::Gate was_asked;
    RunningServer server{LineServer::DeferredHandler{[&](std::string_view, const Responder&) { was_asked.arrive(); }}};
    LineClient client = server.connect();
    CHECK(client.send("a\n"));
    REQUIRE(was_asked.wait());
    server->finish(now() + 1ms);
    CHECK(server.ended());
}

TEMPLATE_TEST_CASE("line server: at the deadline, who does not read is cut", "", Direct, Deferred) {
    const wire::Reply large{std::string(1'000'000, 'r')};
    std::atomic<std::size_t> asked{0};
    const auto server = [&] {
        if constexpr (std::is_same_v<TestType, Direct>) {
            return std::make_unique<RunningServer>(
                LineServer::Handler{[&](std::string_view) { return ++asked, large; }});
        } else {
            return std::make_unique<RunningServer>(
                LineServer::DeferredHandler{[&](std::string_view, Responder respond) { ++asked, respond(large); }});
        }
    }();
    LineClient client = server->connect(4096);
    std::string requests;
    for (int i = 0; i < 30; ++i) requests += "x\n";
    CHECK(client.send(requests));
    client.wait_until_delivered();
    const auto until = far_away();
    while (asked == 0 && now() < until) std::this_thread::yield();
    (*server)->finish(now() + 1ms);
    CHECK(server->ended());
}

TEST_CASE("line server: replies that come after the server has ended go nowhere") {
    std::vector<Responder> asked;
    test::Gate was_asked{2};
    RunningServer server{LineServer::DeferredHandler{[&](std::string_view, Responder respond) {
        asked.push_back(respond);
        was_asked.arrive();
    }}};
    LineClient client = server.connect();
    CHECK(client.send("a\nb\n"));
    REQUIRE(was_asked.wait());
    server->stop();
    REQUIRE(server.ended());
    for (const Responder& respond : asked) respond({"too late"});
}

}  // namespace
}  // namespace station::net
