#include <station/ledger/coordinate/region.hpp>

namespace station::ledger {

bool Region::holds(std::string_view event_entity, std::string_view event_scope, EventKind event_kind,
                   std::uint64_t sequence) const {
    return (!entity || *entity == event_entity) && (!prefix || event_entity.starts_with(*prefix)) &&
           (!scope || *scope == event_scope) && (!kind || *kind == event_kind) &&
           (!category || *category == event_kind.category()) &&
           (!sequences || (sequences->first <= sequence && sequence <= sequences->second));
}

}  // namespace station::ledger
