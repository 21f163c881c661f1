// says: (cannot bind rvalue reference|no matching member function|no matching function)
#include <station/ledger/pipeline/pipeline.hpp>

using namespace station::ledger;

bool commit(const Pipeline<int>& pipeline, Receipt<int> receipt) {
    const auto write = [](int cents) -> Result<Committed<int>> { return Committed<int>{cents, {}, 0, {}}; };
#ifdef CONTROL
    return pipeline.commit(std::move(receipt), write).has_value();
#else
    return pipeline.commit(receipt, write).has_value();
#endif
}
