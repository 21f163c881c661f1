#include "catch.hpp"
#include "running_server.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <atomic>
#include <string>
#include <vector>

namespace station::net {
namespace {

using test::Deferred;
using test::Direct;
using test::LineClient;
using test::RunningServer;

// Every kind of sanitizer brings an allocator of its own, about which mallinfo knows nothing.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

// A handler of either kind that counts its requests and answers each with `reply`.
template <typename Kind>
auto counting_handler(std::atomic<std::size_t>& asked, const std::string& reply) {
    if constexpr (std::is_same_v<Kind, Direct>) {
        return LineServer::Handler{[&asked, reply](std::string_view line) {
            if (line == "ping") return wire::Reply{"pong"};
            ++asked;
            return wire::Reply{reply};
        }};
    } else {
        return LineServer::DeferredHandler{[&asked, reply](std::string_view line, Responder respond) {
            if (line == "ping") return respond({"pong"});
            ++asked;
            respond({reply});
        }};
    }
}

void ping(LineClient& client) {
    REQUIRE(client.send("ping\n"));
    REQUIRE(client.line() == "pong");
}

// Sends until the way is full and stays full while the server's only thread goes round many times. Returns the number
// of bytes that went out, or nothing where there was no end to it.
std::optional<std::size_t> send_until_stuck(LineClient& client, LineClient& witness, std::string_view request,
                                            std::size_t limit) {
    constexpr int kRounds = 50;
    std::string requests;
    for (int i = 0; i < 1000; ++i) requests += request;
    std::size_t total = 0;
    for (int stuck = 0; stuck < kRounds;) {
        const std::size_t done = total % request.size();
        const auto sent = client.try_send(std::string_view{requests}.substr(done));
        if (!sent || total > limit) return std::nullopt;
        total += *sent;
        stuck = *sent == 0 ? stuck + 1 : 0;
        if (*sent == 0) ping(witness);
    }
    return total;
}

TEMPLATE_TEST_CASE("line server: a client that does not read its replies is not read from, and loses none", "", Direct,
                   Deferred) {
    const std::string reply(999, 'r');
    const std::string request = std::string(999, 'q') + "\n";
    std::atomic<std::size_t> asked{0};
    RunningServer server{counting_handler<TestType>(asked, reply)};
    LineClient client = server.connect(65536);
    LineClient witness = server.connect();

    // 256 MiB is more than all the buffers of both kernels hold.
    const auto sent = send_until_stuck(client, witness, request, std::size_t{256} << 20);
    REQUIRE(sent);
    const std::size_t asked_when_stuck = asked;
    for (int i = 0; i < 50; ++i) ping(witness);
    CHECK(asked == asked_when_stuck);
    CHECK(asked < *sent / request.size());

    client.half_close();
    std::size_t replies = 0;
    bool equal = true;
    for (auto line = client.line(); line; line = client.line()) {
        ++replies;
        equal = equal && *line == reply;
    }
    CHECK(equal);
    CHECK(replies == *sent / request.size());
    CHECK_FALSE(client.was_reset());
}

// As many as there may be, each end of a connection counted: at most 1,000.
std::size_t affordable_connections() {
    rlimit limit{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
    return std::min<std::size_t>(1000, (static_cast<std::size_t>(limit.rlim_max) - 100) / 2);
}

TEMPLATE_TEST_CASE("line server: 1,000 idle connections cost little and hold nobody up", "", Direct, Deferred) {
    std::atomic<std::size_t> asked{0};
    RunningServer server{counting_handler<TestType>(asked, "x")};
    LineClient witness = server.connect();
    ping(witness);
    const std::size_t count = affordable_connections();
    const auto before = ::mallinfo2();
    std::vector<LineClient> idle;
    idle.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        idle.push_back(server.connect());
        if (i % 50 == 0) ping(witness);
    }
    // The last one's round trip: the server has accepted all.
    ping(idle.back());
    ping(witness);
    const auto after = ::mallinfo2();
    const std::size_t each = (after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) / count;
    INFO(each << " bytes of heap for each connection");
    CHECK((kSanitized || each < 16384));
    for (LineClient& client : idle) ping(client);
    idle.clear();
    ping(witness);
}

}  // namespace
}  // namespace station::net
