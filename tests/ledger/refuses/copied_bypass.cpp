// says: (use of deleted function|call to deleted constructor)
#include <station/ledger/pipeline/bypass.hpp>

using namespace station::ledger;

BypassReceipt<int> second(BypassReceipt<int>& receipt) {
#ifdef CONTROL
    return std::move(receipt);
#else
    return receipt;
#endif
}
