#include <atomic>
#include <station/ledger/guard/gate.hpp>

namespace station::ledger::detail {

std::uint64_t next_gate_set() {
    static std::atomic<std::uint64_t> last = 0;
    return ++last;
}

}  // namespace station::ledger::detail
