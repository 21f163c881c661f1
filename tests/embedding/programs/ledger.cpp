// An event goes into a ledger, and is proved: component ledger.
#include <station/ledger/store/store.hpp>
#include <station/ledger/wire/json.hpp>

int main(int, char** argv) {
    using namespace station::ledger;
    auto store = Store::open({.dir = argv[1]});
    if (!store) return 1;
    const auto account = Coordinate::make("account:7", "bank");
    constexpr EventKind kDeposited = EventKind::custom(1, 1);
    const auto receipt = store->append(*account, kDeposited, JsonText{R"({"cents":500})"});
    if (!receipt) return 1;
    const auto proof = store->prove(receipt->event_id);
    const auto head = store->head();
    return proof && head && check_inclusion(*proof, *head) ? 0 : 1;
}
