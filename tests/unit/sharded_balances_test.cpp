#include "catch.hpp"
#include "gate.hpp"

#include <atomic>
#include <station/state/sharded_balances.hpp>
#include <string>
#include <thread>
#include <vector>

namespace station::state {
namespace {

using wire::Action;
using wire::Event;

Event purchase(const std::string& user, std::int64_t amount) { return {user, Action::buy, amount}; }

// A user of another shard than `user`.
std::string user_elsewhere(const std::string& user, std::size_t shards) {
    const StringHash hash;
    for (int i = 0;; ++i) {
        const std::string other = "user" + std::to_string(i);
        if (hash(other) % shards != hash(user) % shards) return other;
    }
}

TEST_CASE("sharded balances: readers of one user are inside at the same time") {
    ShardedBalances balances{4};
    balances.apply(purchase("alice", 5), [] {});
    test::Gate both_inside{2};
    const auto look = [&](std::int64_t balance) { return both_inside.arrive_and_wait() ? balance : -1; };
    std::int64_t seen = 0;
    {
        const std::jthread other{[&] { seen = balances.read("alice", look); }};
        CHECK(balances.read("alice", look) == 5);
    }
    CHECK(seen == 5);
}

TEST_CASE("sharded balances: writers of different shards work at the same time") {
    constexpr std::size_t kShards = 4;
    ShardedBalances balances{kShards};
    test::Gate both_at_work{2};
    std::atomic<int> met{0};
    const auto work = [&] { met += both_at_work.arrive_and_wait() ? 1 : 0; };
    {
        const std::jthread other{[&] { balances.apply(purchase(user_elsewhere("alice", kShards), 1), work); }};
        balances.apply(purchase("alice", 1), work);
    }
    CHECK(met == 2);
}

TEST_CASE("sharded balances: a reader of one shard does not wait for the writer of another") {
    constexpr std::size_t kShards = 2;
    ShardedBalances balances{kShards};
    std::atomic<bool> looked{false};
    test::Gate at_work;
    test::Gate read;
    const std::jthread writer([&] {
        balances.apply(purchase("alice", 1), [&] {
            at_work.arrive();
            looked = read.wait();
        });
    });
    REQUIRE(at_work.wait());
    CHECK(balances.balance(user_elsewhere("alice", kShards)) == 0);
    read.arrive();
    while (balances.balance("alice") != 1) std::this_thread::yield();
    CHECK(looked);
}

// Where the lock works, nobody can come in while the writer is at work, so it waits a little for nothing.
TEST_CASE("sharded balances: a writer is alone in its shard") {
    ShardedBalances balances{1};
    std::atomic<bool> at_work{false};
    std::atomic<bool> disturbed{false};
    test::Gate begun;
    test::Gate somebody_came;
    const auto come = [&] {
        if (!at_work) return;
        disturbed = true;
        somebody_came.arrive();
    };
    {
        std::vector<std::jthread> threads;
        threads.emplace_back([&] {
            balances.apply(purchase("alice", 1), [&] {
                at_work = true;
                begun.arrive();
                somebody_came.wait(std::chrono::milliseconds{100});
                at_work = false;
            });
        });
        CHECK(begun.wait());
        threads.emplace_back([&] { balances.apply(purchase("bob", 1), come); });
        threads.emplace_back([&] {
            balances.read("alice", [&](std::int64_t balance) {
                come();
                return balance;
            });
        });
    }
    CHECK_FALSE(disturbed);
    CHECK(balances.balance("alice") == 1);
    CHECK(balances.balance("bob") == 1);
}

TEST_CASE("sharded balances: any number of shards serves all users") {
    const std::size_t shards = GENERATE(1u, 2u, 7u, 64u, 65536u);
    ShardedBalances balances{shards};
    for (int i = 0; i < 500; ++i) balances.apply(purchase("user" + std::to_string(i), i + 1), [] {});
    for (int i = 0; i < 500; ++i) CHECK(balances.balance("user" + std::to_string(i)) == i + 1);
}

}  // namespace
}  // namespace station::state
