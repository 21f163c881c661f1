// Exercise 8, the piece alone: what ShardedBalances does under threads.
#include <loadgen/explore/explore.hpp>
#include <station/state/sharded_balances.hpp>
#include <thread>

using namespace station;
using explore::require;

namespace {

void buy(state::ShardedBalances& balances, const char* user, std::int64_t amount, const char* worker) {
    explore::name(worker);
    balances.apply({user, wire::Action::buy, amount}, [] {});
}

void look(const state::ShardedBalances& balances, const char* user, std::int64_t& seen, const char* reader) {
    explore::name(reader);
    balances.read(user, [&](std::int64_t balance) { seen = balance; });
}

}  // namespace

SCENARIO("no-update-is-lost", "Two workers buy for the same user, and both updates are there") {
    state::ShardedBalances balances{4};
    {
        const std::jthread first{buy, std::ref(balances), "ann", 1, "worker 1"};
        const std::jthread second{buy, std::ref(balances), "ann", 10, "worker 2"};
    }
    require(balances.balance("ann") == 11, "a buy of 1 and one of 10 leave another balance than 11");
}

SCENARIO("new-users-in-one-shard", "Two workers meet new users of one shard, and both are there") {
    state::ShardedBalances balances{1};
    {
        const std::jthread first{buy, std::ref(balances), "ann", 1, "worker 1"};
        const std::jthread second{buy, std::ref(balances), "bob", 10, "worker 2"};
    }
    require(balances.balance("ann") == 1 && balances.balance("bob") == 10, "a new user is lost");
}

SCENARIO("new-users-in-many-shards", "Two workers meet new users, and both are there") {
    state::ShardedBalances balances{16};
    {
        const std::jthread first{buy, std::ref(balances), "ann", 1, "worker 1"};
        const std::jthread second{buy, std::ref(balances), "bob", 10, "worker 2"};
    }
    require(balances.balance("ann") == 1 && balances.balance("bob") == 10, "a new user is lost");
}

SCENARIO("a-reader-beside-a-writer", "A reader sees the balance before or after an update") {
    state::ShardedBalances balances{1};
    balances.apply({"ann", wire::Action::buy, 5}, [] {});
    std::int64_t seen = 0;
    {
        const std::jthread writer{buy, std::ref(balances), "ann", 10, "worker"};
        const std::jthread reader{look, std::cref(balances), "ann", std::ref(seen), "reader"};
    }
    require(seen == 5 || seen == 15, "the reader saw a balance that never was");
}

SCENARIO("a-reader-beside-a-new-user", "A reader may look while its shard grows") {
    state::ShardedBalances balances{1};
    std::int64_t seen = 0;
    {
        const std::jthread writer{buy, std::ref(balances), "ann", 10, "worker"};
        const std::jthread reader{look, std::cref(balances), "bob", std::ref(seen), "reader"};
    }
    require(seen == 0, "a user who has never bought has a balance");
}

SCENARIO("two-readers-of-nobody", "Two readers look for users who are not there, and change nothing") {
    const state::ShardedBalances balances{1};
    std::int64_t seen[2] = {1, 1};
    {
        const std::jthread first{look, std::cref(balances), "ann", std::ref(seen[0]), "reader 1"};
        const std::jthread second{look, std::cref(balances), "bob", std::ref(seen[1]), "reader 2"};
    }
    require(seen[0] == 0 && seen[1] == 0, "a user who has never bought has a balance");
}

SCENARIO("nobody-comes-between", "From an update's read to its write nobody else is in its shard") {
    state::ShardedBalances balances{1};
    int at_work = 0;  // plain: whoever is at work is alone, and readers look before or after
    {
        const std::jthread writer{[&] {
            explore::name("worker");
            balances.apply({"ann", wire::Action::buy, 1}, [&] { at_work = 1; });
            balances.apply({"ann", wire::Action::sell, 1}, [&] { at_work = 0; });
        }};
        const std::jthread reader{[&] {
            explore::name("reader");
            balances.read("ann", [&](std::int64_t balance) {
                require(balance == at_work, "a reader looked while an update was at work");
            });
        }};
    }
}
