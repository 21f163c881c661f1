#include "catch.hpp"
#include "gate.hpp"
#include "random.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <station/net/pending_replies.hpp>
#include <station/net/responder.hpp>
#include <string>
#include <thread>
#include <vector>

namespace station::net {
namespace {

// PendingReplies that counts how often it was woken.
struct Fixture {
    int wakes = 0;
    PendingReplies replies{[this] { ++wakes; }};
    std::string out;

    PendingReplies::Ready take() {
        out.clear();
        return replies.take_ready(out);
    }
};

TEST_CASE("pending replies: numbered from 0 in the order of the requests") {
    Fixture f;
    for (std::uint64_t i = 0; i < 5; ++i) CHECK(f.replies.reserve() == i);
}

TEST_CASE("pending replies: sent in the order of the requests, whichever is ready first") {
    Fixture f;
    for (int i = 0; i < 3; ++i) f.replies.reserve();
    f.replies.complete(2, {"c"});
    CHECK(f.take().left == 3);
    CHECK(f.out.empty());
    f.replies.complete(0, {"a"});
    CHECK(f.take().left == 2);
    CHECK(f.out == "a\n");
    f.replies.complete(1, {"b"});
    CHECK(f.take().left == 0);
    CHECK(f.out == "b\nc\n");
    CHECK(f.replies.reserve() == 3);
    f.replies.complete(3, {"d"});
    f.take();
    CHECK(f.out == "d\n");
}

TEST_CASE("pending replies: take_ready appends") {
    Fixture f;
    f.replies.complete(f.replies.reserve(), {"b"});
    f.out = "a\n";
    f.replies.take_ready(f.out);
    CHECK(f.out == "a\nb\n");
}

TEST_CASE("pending replies: woken by the reply that is awaited, once until it is taken") {
    Fixture f;
    for (int i = 0; i < 5; ++i) f.replies.reserve();
    f.replies.complete(1, {"b"});
    f.replies.complete(2, {"c"});
    CHECK(f.wakes == 0);
    f.replies.complete(0, {"a"});
    CHECK(f.wakes == 1);
    f.replies.complete(3, {"d"});
    CHECK(f.wakes == 1);
    CHECK(f.take().left == 1);
    f.replies.complete(4, {"e"});
    CHECK(f.wakes == 2);
    CHECK(f.take().left == 0);
    CHECK(f.out == "e\n");
}

TEST_CASE("pending replies: the last reply of a connection is announced") {
    Fixture f;
    for (int i = 0; i < 3; ++i) f.replies.reserve();
    f.replies.complete(1, {"bye", true});
    CHECK_FALSE(f.take().last);
    f.replies.complete(0, {"a"});
    CHECK(f.take().last);
    CHECK(f.out == "a\nbye\n");
}

TEST_CASE("pending replies: none is lost, whichever threads reply in whichever order") {
    test::Random random;
    INFO(random.how_to_repeat());
    constexpr std::size_t kThreads = 4;
    constexpr std::size_t kRequests = 4000;
    std::atomic<bool> woken{false};
    const auto replies = std::make_shared<PendingReplies>([&] { woken = true; });

    std::string expected;
    std::vector<std::vector<Responder>> shares(kThreads);
    std::vector<std::vector<std::string>> texts(kThreads);
    for (std::size_t i = 0; i < kRequests; ++i) {
        const std::size_t thread = random.index(kThreads);
        shares[thread].emplace_back(replies, replies->reserve());
        texts[thread].push_back(std::to_string(i));
        expected += std::to_string(i) + "\n";
    }
    std::vector<std::jthread> threads;
    for (std::size_t thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&, thread] {
            for (std::size_t i = shares[thread].size(); i-- > 0;) shares[thread][i]({texts[thread][i]});
        });
    }
    std::string out;
    std::size_t left = kRequests;
    const auto until = std::chrono::steady_clock::now() + test::kPatience;
    while (left > 0 && std::chrono::steady_clock::now() < until) {
        if (woken.exchange(false)) left = replies->take_ready(out).left;
        std::this_thread::yield();
    }
    CHECK(out == expected);
}

}  // namespace
}  // namespace station::net
