// says: argument not in expected state; expected 'unconsumed', observed 'consumed'
#include <station/ledger/pipeline/pipeline.hpp>

using namespace station::ledger;

bool commit_twice(const Pipeline<int>& pipeline, Receipt<int> receipt, Receipt<int> other) {
    const auto write = [](int cents) -> Result<Committed<int>> { return Committed<int>{cents, {}, 0, {}}; };
    const bool first = pipeline.commit(std::move(receipt), write).has_value();
#ifdef CONTROL
    return first && pipeline.commit(std::move(other), write).has_value();
#else
    (void)other;
    return first && pipeline.commit(std::move(receipt), write).has_value();
#endif
}
