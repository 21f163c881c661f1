// says: no_such_kind
#include <station/ledger/coordinate/kind.hpp>

using namespace station::ledger;

#ifdef CONTROL
constexpr EventKind kKind = EventKind::custom(1, 4095);
#else
constexpr EventKind kKind = EventKind::custom(1, 4096);
#endif

unsigned bits() { return kKind.bits(); }
