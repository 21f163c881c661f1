// says: (no matching function|no matching member function)
#include <station/ledger/pipeline/pipeline.hpp>

using namespace station::ledger;

bool commit(const Pipeline<int>& pipeline) {
#ifdef CONTROL
    const auto write = [](int cents, const BypassReason&) -> Result<Committed<int>> {
#else
    const auto write = [](int cents) -> Result<Committed<int>> {
#endif
        return Committed<int>{cents, {}, 0, {}};
    };
    return pipeline.commit(pipeline.bypass(Proposal{5}, "migration", "from the old system"), write).has_value();
}
