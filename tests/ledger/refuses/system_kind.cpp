// says: reserved_category
#include <station/ledger/coordinate/kind.hpp>

using namespace station::ledger;

#ifdef CONTROL
constexpr EventKind kKind = EventKind::custom(15, 1);
#else
constexpr EventKind kKind = EventKind::custom(0, 1);
#endif

unsigned bits() { return kKind.bits(); }
