// Exercise 6, the pieces alone: what WorkerPool and RacyBalances do under threads.
#include <atomic>
#include <chrono>
#include <loadgen/explore/explore.hpp>
#include <station/flow/worker_pool.hpp>
#include <station/state/racy_balances.hpp>
#include <thread>

using namespace station;
using explore::require;

namespace {

using Clock = std::chrono::steady_clock;

void buy(state::RacyBalances& balances, const char* user, std::int64_t amount, const char* worker) {
    explore::name(worker);
    balances.apply({user, wire::Action::buy, amount}, [] {});
}

}  // namespace

SCENARIO("all-have-returned", "When wait_until() says true, every worker has run, and has returned") {
    std::atomic<int> began{0};
    int ended[2] = {};  // plain: who has heard that a worker returned may read what it wrote
    {
        flow::WorkerPool pool{2, [&] {
                                  const int number = began++;
                                  explore::name(number == 0 ? "worker 1" : "worker 2");
                                  require(number < 2, "two workers ran more than twice");
                                  ended[number] = 1;
                              }};
        const auto deadline = Clock::now() + std::chrono::hours{1};
        if (pool.wait_until(deadline)) {
            require(ended[0] == 1 && ended[1] == 1, "wait_until() said true, and a worker had not returned");
        }
        require(Clock::now() < deadline, "nobody woke wait_until(): it slept for an hour");
    }
    require(began == 2, "two workers did not run twice");
}

SCENARIO("a-deadline-beside-the-end", "A deadline may come while workers return: what it says is true") {
    std::atomic<int> ended{0};
    flow::WorkerPool pool{2, [&] { ++ended; }};
    if (pool.wait_until(Clock::now() + std::chrono::milliseconds{1})) {
        require(ended == 2, "wait_until() said true, and a worker had not returned");
    }
    pool.join();
    require(ended == 2, "two workers did not run twice");
    require(pool.wait_until(Clock::now()), "all workers had ended, and wait_until() said false");
}

SCENARIO("new-users-at-once", "Two workers meet new users, and nobody else is in the map meanwhile") {
    state::RacyBalances balances;
    {
        const std::jthread first{buy, std::ref(balances), "ann", 1, "worker 1"};
        const std::jthread second{buy, std::ref(balances), "bob", 2, "worker 2"};
    }
    require(balances.balance("ann") == 1 && balances.balance("bob") == 2, "a new user is lost");
}

SCENARIO("the-same-user-at-once", "Two workers for the same user may lose an update, and nothing else") {
    state::RacyBalances balances;
    balances.apply({"ann", wire::Action::buy, 100}, [] {});
    {
        const std::jthread first{buy, std::ref(balances), "ann", 1, "worker 1"};
        const std::jthread second{buy, std::ref(balances), "ann", 2, "worker 2"};
    }
    const auto left = balances.balance("ann");
    require(left == 101 || left == 102 || left == 103, "the balance is one that no order of the updates leads to");
}

SCENARIO("a-reader-beside-a-writer", "A reader sees the balance before or after an update") {
    state::RacyBalances balances;
    std::int64_t seen = 0;
    {
        const std::jthread writer{buy, std::ref(balances), "ann", 10, "worker"};
        const std::jthread reader{[&] {
            explore::name("reader");
            seen = balances.balance("ann");
        }};
    }
    require(seen == 0 || seen == 10, "the reader saw a balance that never was");
}
