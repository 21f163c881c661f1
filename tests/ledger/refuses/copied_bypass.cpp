// says: (use of deleted function|call to deleted constructor)
#include <station/ledger/pipeline/bypass.hpp>

using namespace station::ledger;

bool is_still_good(BypassReceipt<int> receipt) {
#ifdef CONTROL
    const BypassReceipt<int> copy = std::move(receipt);
#else
    const BypassReceipt<int> copy = receipt;
#endif
    return !copy.is_spent();
}
