// Exercise 4, the piece alone: what PlainBalances answers.
#include <loadgen/piece/balances.hpp>
#include <station/state/plain_balances.hpp>

using namespace station::piece;
using station::state::PlainBalances;

PIECE_CASE("amounts-add-up", "Buying adds, selling takes away, for each user alone") {
    PlainBalances balances;
    amounts_add_up(balances);
}

PIECE_CASE("each-object-for-itself", "Two objects know nothing of each other") {
    PlainBalances first;
    PlainBalances second;
    EXPECT(first.apply(buy(7), no_work), Balance{7});
    EXPECT(second.apply(buy(1), no_work), Balance{1});
    EXPECT(first.apply(buy(1), no_work), Balance{8});
}

PIECE_CASE("overflow-changes-nothing", "Where the sum leaves 64 bits, nothing changes and nullopt comes back") {
    PlainBalances balances;
    overflow_changes_nothing(balances);
}

PIECE_CASE("works-once", "work() is called once for each event") {
    PlainBalances balances;
    works_once(balances);
}

PIECE_CASE("reads-works-writes", "The balance is read before work(), and the new one written after it") {
    PlainBalances balances;
    reads_works_writes(balances, [](const auto& update) { update(); });
}
