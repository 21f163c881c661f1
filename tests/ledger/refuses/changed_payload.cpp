// says: (assignment of read-only location|cannot assign to return value)
#include <station/ledger/guard/receipt.hpp>

using namespace station::ledger;

int more(Receipt<int>& receipt) {
#ifdef CONTROL
    return receipt.payload() + 1;
#else
    return receipt.payload() = 1'000'000;
#endif
}
