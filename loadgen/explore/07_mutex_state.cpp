// Exercise 7, the piece alone: what MutexBalances does under threads.
#include <loadgen/explore/explore.hpp>
#include <station/state/mutex_balances.hpp>
#include <thread>

using namespace station;

namespace {

void buy(state::MutexBalances& balances, const char* user, std::int64_t amount, const char* worker) {
    explore::name(worker);
    balances.apply({user, wire::Action::buy, amount}, [] {});
}

}  // namespace

SCENARIO("no-update-is-lost", "Two workers buy for the same user, and both updates are there") {
    state::MutexBalances balances;
    {
        const std::jthread first{buy, std::ref(balances), "ann", 1, "worker 1"};
        const std::jthread second{buy, std::ref(balances), "ann", 10, "worker 2"};
    }
    explore::require(balances.balance("ann") == 11, "a buy of 1 and one of 10 leave another balance than 11");
}

SCENARIO("new-users-at-once", "Two workers meet new users, and both are there") {
    state::MutexBalances balances;
    {
        const std::jthread first{buy, std::ref(balances), "ann", 1, "worker 1"};
        const std::jthread second{buy, std::ref(balances), "bob", 10, "worker 2"};
    }
    explore::require(balances.balance("ann") == 1 && balances.balance("bob") == 10, "a new user is lost");
}

SCENARIO("a-reader-beside-a-writer", "A reader sees the balance before or after an update") {
    state::MutexBalances balances;
    balances.apply({"ann", wire::Action::buy, 5}, [] {});
    std::int64_t seen = 0;
    {
        const std::jthread writer{buy, std::ref(balances), "ann", 10, "worker"};
        const std::jthread reader{[&] {
            explore::name("reader");
            seen = balances.balance("ann");
        }};
    }
    explore::require(seen == 5 || seen == 15, "the reader saw a balance that never was");
}

SCENARIO("a-reader-beside-a-new-user", "A reader may look while the map grows") {
    state::MutexBalances balances;
    std::int64_t seen = 0;
    {
        const std::jthread writer{buy, std::ref(balances), "ann", 10, "worker"};
        const std::jthread reader{[&] {
            explore::name("reader");
            seen = balances.balance("bob");
        }};
    }
    explore::require(seen == 0, "a user who has never bought has a balance");
}

SCENARIO("nobody-comes-between", "From an update's read to its write no other one for the same user writes") {
    state::MutexBalances balances;
    int inside = 0;  // plain: whoever is at work is alone
    const auto update = [&](const char* worker) {
        explore::name(worker);
        balances.apply({"ann", wire::Action::buy, 1}, [&] {
            explore::require(++inside == 1, "two updates of one user are at work at the same time");
            --inside;
        });
    };
    {
        const std::jthread first{update, "worker 1"};
        const std::jthread second{update, "worker 2"};
    }
    explore::require(balances.balance("ann") == 2, "an update is lost");
}
