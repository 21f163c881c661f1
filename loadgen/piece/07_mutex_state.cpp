// Exercise 7, the piece alone: what MutexBalances answers, on one thread.
#include <limits>
#include <loadgen/piece/piece.hpp>
#include <station/state/mutex_balances.hpp>

using namespace station;

namespace {

wire::Event buy(std::int64_t amount, const char* user = "ann") { return {user, wire::Action::buy, amount}; }
wire::Event sell(std::int64_t amount, const char* user = "ann") { return {user, wire::Action::sell, amount}; }

void no_work() {}

}  // namespace

PIECE_CASE("amounts-add-up", "Buying adds, selling takes away, for each user alone") {
    state::MutexBalances balances;
    EXPECT(balances.apply(buy(100), no_work), 100);
    EXPECT(balances.apply(buy(10), no_work), 110);
    EXPECT(balances.apply(sell(30), no_work), 80);
    EXPECT(balances.apply(sell(5, "bob"), no_work), -5);
    EXPECT(balances.balance("ann"), 80);
    EXPECT(balances.balance("bob"), -5);
    EXPECT(balances.balance("nobody"), 0);
}
