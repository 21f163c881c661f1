// says: (use of deleted function|call to deleted constructor)
#include <station/ledger/guard/receipt.hpp>

using namespace station::ledger;

bool is_still_good(Receipt<int> receipt) {
#ifdef CONTROL
    const Receipt<int> copy = std::move(receipt);
#else
    const Receipt<int> copy = receipt;
#endif
    return !copy.is_spent();
}
