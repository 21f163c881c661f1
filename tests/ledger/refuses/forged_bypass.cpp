// says: private
#include <station/ledger/pipeline/pipeline.hpp>

using namespace station::ledger;

BypassReceipt<int> unseen(const Pipeline<int>& pipeline) {
#ifdef CONTROL
    return pipeline.bypass(Proposal{5}, "migration", "from the old system");
#else
    (void)pipeline;
    return BypassReceipt<int>{5, {}};
#endif
}
