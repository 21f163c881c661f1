// says: (use of deleted function|call to deleted constructor)
#include <station/ledger/guard/receipt.hpp>

using namespace station::ledger;

Receipt<int> second(Receipt<int>& receipt) {
#ifdef CONTROL
    return std::move(receipt);
#else
    return receipt;
#endif
}
