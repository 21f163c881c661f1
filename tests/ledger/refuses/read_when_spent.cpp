// says: invalid invocation of method 'payload' on object 'receipt' while it is in the 'consumed' state
#include <station/ledger/guard/receipt.hpp>

using namespace station::ledger;

int read(Receipt<int> receipt) {
    const Receipt<int> kept = std::move(receipt);
#ifdef CONTROL
    return kept.payload();
#else
    return receipt.payload();
#endif
}
