#include "catch.hpp"
#include "random.hpp"
#include "running_server.hpp"

#include <algorithm>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace station::net {
namespace {

using test::Deferred;
using test::Direct;
using test::LineClient;
using test::RunningServer;

using Strings = std::vector<std::string>;

const std::string kTooLong = wire::error_line_too_long().text;

TEMPLATE_TEST_CASE("line server: a request, a reply", "", Direct, Deferred) {
    RunningServer server{TestType::handler()};
    LineClient client = server.connect();
    CHECK(client.send("hello\n"));
    CHECK(client.line() == "<hello>");
    CHECK(client.send("\n\r\ntwo\r\n"));
    CHECK(client.line() == "<two>");
    client.half_close();
    CHECK(client.rest().empty());
    CHECK_FALSE(client.was_reset());
}

TEMPLATE_TEST_CASE("line server: pipelined requests in pieces of any size are answered in order", "", Direct,
                   Deferred) {
    test::Random random;
    INFO(random.how_to_repeat());
    constexpr std::size_t kRequests = 10000;
    RunningServer server{TestType::handler()};
    LineClient client = server.connect();
    std::string bytes;
    Strings expected;
    for (std::size_t i = 0; i < kRequests; ++i) {
        const std::string line = std::to_string(i) + std::string(random.chance(0.01) ? 5000 : i % 7, 'x');
        bytes += line + (random.chance(0.2) ? "\r\n" : "\n");
        expected.push_back("<" + line + ">");
    }
    std::jthread sender([&] {
        for (std::string_view rest = bytes; !rest.empty();) {
            const auto piece = rest.substr(0, random.between(1, random.chance(0.9) ? 200 : 20000));
            if (!client.send(piece)) return;
            rest.remove_prefix(piece.size());
        }
        client.half_close();
    });
    const Strings replies = client.lines(kRequests);
    sender.join();
    CHECK(replies == expected);
    CHECK(client.rest().empty());
}

TEMPLATE_TEST_CASE("line server: a half-closed client gets all its replies, but none for a half line", "", Direct,
                   Deferred) {
    RunningServer server{TestType::handler()};
    LineClient client = server.connect();
    std::string requests;
    std::string replies;
    for (int i = 0; i < 1000; ++i) {
        requests += std::to_string(i) + "\n";
        replies += "<" + std::to_string(i) + ">\n";
    }
    CHECK(client.send(requests + "half a line"));
    client.half_close();
    CHECK(client.rest() == replies);
    CHECK_FALSE(client.was_reset());
}

TEMPLATE_TEST_CASE("line server: a client that says nothing and leaves gets nothing", "", Direct, Deferred) {
    RunningServer server{TestType::handler()};
    LineClient client = server.connect();
    client.half_close();
    CHECK(client.rest().empty());
    CHECK_FALSE(client.was_reset());
}

TEMPLATE_TEST_CASE("line server: a line as long as allowed is answered, a longer one ends the connection", "", Direct,
                   Deferred) {
    constexpr std::size_t kMaxLine = 5000;
    RunningServer server{TestType::handler(), kMaxLine};
    const std::string longest(kMaxLine, 'x');
    LineClient client = server.connect();
    CHECK(client.send("a\n" + longest + "\n" + longest + "\r\nb\n" + longest + "x\nnever\n"));
    CHECK(client.rest() == "<a>\n<" + longest + ">\n<" + longest + ">\n<b>\n" + kTooLong + "\n");
    CHECK_FALSE(client.was_reset());
}

TEMPLATE_TEST_CASE("line server: the reply to a too long line is not lost, though the client goes on sending", "",
                   Direct, Deferred) {
    RunningServer server{TestType::handler(), 1000};
    LineClient client = server.connect();
    std::jthread sender([&] {
        const std::string block(100'000, 'x');
        bool open = client.send("first\n");
        for (int i = 0; i < 100 && open; ++i) open = client.send(block);
        client.half_close();
    });
    CHECK(client.line() == "<first>");
    CHECK(client.line() == kTooLong);
    sender.join();
    CHECK(client.rest().empty());
    CHECK_FALSE(client.was_reset());
}

// Who goes on sending for ever is cut off, and so is who never closes: the server's patience has an end.
TEMPLATE_TEST_CASE("line server: a client that stays after its last reply is cut off", "", Direct, Deferred) {
    RunningServer server{TestType::handler(), 1000};
    LineClient client = server.connect();
    CHECK(client.send(std::string(2000, 'x')));
    CHECK(client.line() == kTooLong);
    CHECK(client.rest().empty());
    const auto until = std::chrono::steady_clock::now() + test::kPatience;
    bool open = true;
    while (open && std::chrono::steady_clock::now() < until) open = client.send("x\n");
    CHECK_FALSE(open);
}

TEMPLATE_TEST_CASE("line server: a handler can end a connection, and the replies before that are sent", "", Direct,
                   Deferred) {
    const auto reply = [](std::string_view line) { return wire::Reply{std::string{line}, line == "bye"}; };
    const auto server = [&] {
        if constexpr (std::is_same_v<TestType, Direct>) {
            return std::make_unique<RunningServer>(LineServer::Handler{reply});
        } else {
            return std::make_unique<RunningServer>(LineServer::DeferredHandler{
                [reply](std::string_view line, Responder respond) { respond(reply(line)); }});
        }
    }();
    LineClient client = server->connect();
    CHECK(client.send("one\ntwo\nbye\n"));
    CHECK(client.rest() == "one\ntwo\nbye\n");
    CHECK_FALSE(client.was_reset());
}

TEMPLATE_TEST_CASE("line server: clients do not see each other's replies", "", Direct, Deferred) {
    RunningServer server{TestType::handler()};
    LineClient one = server.connect();
    LineClient two = server.connect();
    for (int i = 0; i < 200; ++i) {
        const std::string number = std::to_string(i);
        CHECK(one.send("one" + number));
        CHECK(two.send("two" + number + "\ntwo"));
        CHECK(one.send("\n"));
        CHECK(two.send(number + "\n"));
        CHECK(one.line() == "<one" + number + ">");
        CHECK(two.lines(2) == Strings{"<two" + number + ">", "<two" + number + ">"});
    }
}

TEMPLATE_TEST_CASE("line server: a client that sends half a line and waits holds nobody up", "", Direct, Deferred) {
    RunningServer server{TestType::handler()};
    LineClient half = server.connect();
    CHECK(half.send("half a "));
    LineClient client = server.connect();
    CHECK(client.send("x\n"));
    CHECK(client.line() == "<x>");
    CHECK(half.send("line\n"));
    CHECK(half.line() == "<half a line>");
}

TEMPLATE_TEST_CASE("line server: clients that leave without a word harm nobody", "", Direct, Deferred) {
    RunningServer server{TestType::handler()};
    LineClient witness = server.connect();
    for (int i = 0; i < 200; ++i) {
        LineClient rude = server.connect();
        CHECK(rude.send(i % 2 == 0 ? "a\nb\nhalf" : std::string(3000, '\n') + "a\n"));
        if (i % 3 == 0) CHECK(rude.line() == "<a>");
        rude.reset();
        CHECK(witness.send("x\n"));
        CHECK(witness.line() == "<x>");
    }
}

// What the handler was asked, to be answered by whom and when the test likes.
class Desk {
  public:
    LineServer::DeferredHandler handler() {
        return [this](std::string_view line, Responder respond) {
            const std::lock_guard lock{mutex_};
            requests_.emplace_back(std::string{line}, respond);
            changed_.notify_all();
        };
    }
    using Requests = std::vector<std::pair<std::string, Responder>>;

    // Waits for `count` requests and takes all that are there.
    Requests take(std::size_t count) {
        std::unique_lock lock{mutex_};
        if (!changed_.wait_for(lock, test::kPatience, [&] { return requests_.size() >= count; })) {
            throw std::runtime_error("the requests do not come");
        }
        return std::exchange(requests_, {});
    }
    std::size_t waiting() {
        const std::lock_guard lock{mutex_};
        return requests_.size();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    Requests requests_;
};

TEST_CASE("line server: deferred replies come in the order of the requests, whenever they are ready") {
    constexpr std::size_t kRequests = 1000;
    Desk desk;
    RunningServer server{desk.handler()};
    LineClient client = server.connect();
    std::string requests;
    Strings expected;
    for (std::size_t i = 0; i < kRequests; ++i) {
        requests += std::to_string(i) + "\n";
        expected.push_back("<" + std::to_string(i) + ">");
    }
    CHECK(client.send(requests));
    const auto asked = desk.take(kRequests);
    {
        std::vector<std::jthread> threads;
        for (std::size_t thread = 0; thread < 4; ++thread) {
            threads.emplace_back([&asked, thread] {
                for (std::size_t i = asked.size(); i-- > 0;) {
                    if (i % 4 == thread) asked[i].second(test::bracket(asked[i].first));
                }
            });
        }
    }
    CHECK(client.lines(kRequests) == expected);
}

TEST_CASE("line server: a half-closed client waits for its deferred replies") {
    Desk desk;
    RunningServer server{desk.handler()};
    LineClient client = server.connect();
    CHECK(client.send("a\nb\nhalf"));
    client.half_close();
    const auto asked = desk.take(2);
    asked[1].second({"<b>"});
    asked[0].second({"<a>"});
    CHECK(client.rest() == "<a>\n<b>\n");
    CHECK_FALSE(client.was_reset());
}

TEST_CASE("line server: the replies before a too long line are waited for") {
    Desk desk;
    RunningServer server{desk.handler(), 100};
    LineClient client = server.connect();
    CHECK(client.send("a\nb\n" + std::string(200, 'x') + "\nc\n"));
    const auto asked = desk.take(2);
    for (const auto& [line, respond] : asked) respond(test::bracket(line));
    CHECK(client.rest() == "<a>\n<b>\n" + kTooLong + "\n");
}

TEST_CASE("line server: replies to a client that has left go nowhere") {
    Desk desk;
    RunningServer server{desk.handler()};
    for (int i = 0; i < 50; ++i) {
        LineClient client = server.connect();
        CHECK(client.send("a\nb\nc\n"));
        const auto asked = desk.take(3);
        if (i % 2 == 0) asked[0].second({"<a>"});
        client.reset();
        // Another client's round trip: the server has had the time to hear of the reset.
        LineClient witness = server.connect();
        CHECK(witness.send("x\n"));
        desk.take(1)[0].second({"<x>"});
        CHECK(witness.line() == "<x>");
        if (i % 2 != 0) asked[0].second({"<a>"});
        asked[2].second({"<c>"});
        asked[1].second({"<b>"});
    }
}

TEST_CASE("line server: requests that are never answered cost no more than their connection") {
    Desk desk;
    {
        RunningServer server{desk.handler()};
        LineClient client = server.connect();
        CHECK(client.send("a\nb\n"));
        CHECK(desk.take(2).size() == 2);
        CHECK(client.send("c\n"));
        CHECK(desk.take(1).size() == 1);
    }
    CHECK(desk.waiting() == 0);
}

TEST_CASE("line server: a client with 4,096 requests unanswered is not read from until some are answered") {
    constexpr std::size_t kMaxInFlight = 4096;
    constexpr std::size_t kRequests = 3 * kMaxInFlight;
    Desk desk;
    RunningServer server{desk.handler()};
    LineClient client = server.connect();
    std::string requests;
    for (std::size_t i = 0; i < kRequests; ++i) requests += std::to_string(i) + "\n";
    CHECK(client.send(requests));
    client.wait_until_delivered();

    std::size_t answered = 0;
    while (answered < kRequests) {
        const std::size_t expected = std::min(kMaxInFlight, kRequests - answered);
        auto asked = desk.take(expected);
        // A round trip of another client: by then the server would have asked for more, had it read more.
        LineClient witness = server.connect();
        CHECK(witness.send("x\n"));
        auto more = desk.take(1);
        more.back().second({"<x>"});
        CHECK(witness.line() == "<x>");
        REQUIRE(asked.size() + more.size() == expected + 1);
        for (const auto& [line, respond] : asked) respond({line});
        answered += asked.size();
        for (const auto& line : client.lines(asked.size())) REQUIRE(std::stoul(line) < answered);
    }
    CHECK(desk.waiting() == 0);
}

}  // namespace
}  // namespace station::net
