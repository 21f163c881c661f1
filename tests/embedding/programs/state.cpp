#include <station/state/mutex_balances.hpp>

int main() {
    station::state::MutexBalances balances;
    balances.apply({"alice", station::wire::Action::buy, 7}, [] {});
    return balances.balance("alice") == 7 ? 0 : 1;
}
