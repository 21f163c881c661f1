// Exercise 7, the piece alone: what MutexBalances does under threads.
#include <loadgen/explore/explore.hpp>
#include <station/state/mutex_balances.hpp>
#include <thread>

using namespace station;

namespace {

void buy_ten(state::MutexBalances& balances) {
    balances.apply({"ann", wire::Action::buy, 10}, [] {});
}

}  // namespace

SCENARIO("no-update-is-lost", "Two workers buy for the same user, and both updates are there") {
    state::MutexBalances balances;
    {
        const auto buy = [&](const char* worker) {
            explore::name(worker);
            buy_ten(balances);
        };
        const std::jthread first{buy, "worker 1"};
        const std::jthread second{buy, "worker 2"};
    }
    explore::require(balances.balance("ann") == 20, "two buys of 10 leave another balance than 20");
}

SCENARIO("a-reader-beside-a-writer", "A reader sees the balance before or after an update") {
    state::MutexBalances balances;
    std::int64_t seen = 0;
    {
        const std::jthread writer{[&] {
            explore::name("worker");
            buy_ten(balances);
        }};
        const std::jthread reader{[&] {
            explore::name("reader");
            seen = balances.balance("ann");
        }};
    }
    explore::require(seen == 0 || seen == 10, "the reader saw a balance that never was");
}
