// Exercise 7, the piece alone: what MutexBalances answers, and whom it lets wait.
#include <loadgen/piece/locked_balances.hpp>
#include <station/state/mutex_balances.hpp>

using namespace station::piece;
using station::state::MutexBalances;

PIECE_CASE("amounts-add-up", "Buying adds, selling takes away, for each user alone") {
    MutexBalances balances;
    amounts_add_up(balances);
    EXPECT(balances.balance("ann"), 1);
    EXPECT(balances.balance("bob"), -3);
    EXPECT(balances.balance("nobody"), 0);
}

PIECE_CASE("overflow-changes-nothing", "Where the sum leaves 64 bits, nothing changes and nullopt comes back") {
    MutexBalances balances;
    overflow_changes_nothing(balances);
    EXPECT(balances.balance("bob"), -kMax);
}

PIECE_CASE("works-once", "work() is called once for each event") {
    MutexBalances balances;
    works_once(balances);
}

PIECE_CASE("updates-wait", "While an update is at work, another one for the same user waits") {
    MutexBalances balances;
    updates_wait(balances);
}

PIECE_CASE("readers-see-whole-updates", "Who reads while an update is at work sees the balance before it, or waits") {
    MutexBalances balances;
    readers_see_whole_updates(balances);
}

PIECE_CASE("reads-before-the-work", "What an update decides on it has read before its work") {
    reads_before_the_work([] { return MutexBalances{}; });
}

PIECE_CASE("writes-behind-the-work", "The new balance is written when the work is done, not before") {
    writes_behind_the_work([] { return MutexBalances{}; });
}
