// The exercise `cas`, the piece alone: what update() does when several tellers are at one account.
#include <array>
#include <loadgen/explore/explore.hpp>
#include <loadgen/piece/account_in_memory.hpp>
#include <thread>

using namespace station;
using piece::Account;
using piece::id_of;

namespace {

enum class Came { booked, denied, error };

struct Outcome {
    Came came = Came::error;
    std::uint64_t sequence = 0;
};

// What a teller's thread does. With fewer tries than others can come first, it would be its own fault.
void withdraw(const char* teller, Account& account, std::int64_t cents, std::uint64_t key, Outcome& outcome) {
    explore::name(teller);
    piece::Withdrawal order{account, cents};
    const auto done = ledger::update(order, {.key = id_of(key), .tries = 3});
    if (!done) return;
    outcome = *done ? Outcome{Came::booked, (*done)->sequence} : Outcome{Came::denied};
}

// The sum of what happened is what the last one says.
bool adds_up(const Account& account) {
    std::int64_t sum = 0;
    for (const auto& entry : account.entries()) sum += entry.cents;
    return sum == account.balance();
}

}  // namespace

SCENARIO("no-update-is-lost", "Two tellers withdraw from one account, and both are booked") {
    Account account{100};
    std::array<Outcome, 2> outcomes;
    {
        const std::jthread first{[&] { withdraw("teller 1", account, 1, 1, outcomes[0]); }};
        const std::jthread second{[&] { withdraw("teller 2", account, 10, 2, outcomes[1]); }};
    }
    explore::require(adds_up(account), "a teller has overwritten what the other one did: a lost update");
    for (const Outcome& outcome : outcomes) {
        explore::require(outcome.came == Came::booked, "an order is not booked, though there is money for it");
    }
    explore::require(account.entries().size() == 3, "two orders are not two entries");
}

SCENARIO("no-overdraft", "Three tellers withdraw from an account that has enough for two, and one of them is refused") {
    Account account{100};
    std::array<Outcome, 3> outcomes;
    {
        const std::jthread first{[&] { withdraw("teller 1", account, 40, 1, outcomes[0]); }};
        const std::jthread second{[&] { withdraw("teller 2", account, 40, 2, outcomes[1]); }};
        const std::jthread third{[&] { withdraw("teller 3", account, 40, 3, outcomes[2]); }};
    }
    int booked = 0;
    for (const Outcome& outcome : outcomes) {
        explore::require(outcome.came != Came::error, "a teller has given up, though nobody came first three times");
        booked += outcome.came == Came::booked ? 1 : 0;
    }
    explore::require(adds_up(account), "a teller has overwritten what another one did: a lost update");
    explore::require(booked == 2 && account.balance() == 20, "not two of three were booked");
}

SCENARIO("the-same-order-twice", "Two tellers have the same order: it is booked once, and both are told so") {
    Account account{100};
    std::array<Outcome, 2> outcomes;
    {
        const std::jthread first{[&] { withdraw("teller 1", account, 60, 1, outcomes[0]); }};
        const std::jthread second{[&] { withdraw("teller 2", account, 60, 1, outcomes[1]); }};
    }
    explore::require(account.entries().size() == 2, "one order is booked twice, or not at all");
    for (const Outcome& outcome : outcomes) {
        explore::require(outcome.came == Came::booked, "a teller is told no, and the order is booked");
        explore::require(outcome.sequence == 1, "a teller is told of another entry than the order's");
    }
}
