// says: private
#include <station/ledger/guard/gate.hpp>

using namespace station::ledger;

Receipt<int> unchecked(const GateSet<int>& gates) {
#ifdef CONTROL
    return gates.evaluate(5, Proposal{5}).value();
#else
    return Receipt<int>{5, gates.names(), 1};
#endif
}
