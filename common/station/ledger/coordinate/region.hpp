// The one predicate over events: a query asks it of history, a subscription of what comes, a cursor of both, and the
// command line's options make one. What is set must all hold.
//
//   Region::all().with_prefix("account:").with_kind(kDeposited)
#pragma once

#include <cstdint>
#include <optional>
#include <station/ledger/coordinate/kind.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace station::ledger {

struct Region {
    std::optional<std::string> entity;  // exact
    std::optional<std::string> prefix;  // of the entity, byte by byte
    std::optional<std::string> scope;
    std::optional<EventKind> kind;
    std::optional<unsigned> category;                                  // 0 to 15
    std::optional<std::pair<std::uint64_t, std::uint64_t>> sequences;  // within the entity, both ends in

    static Region all() { return {}; }
    static Region of_entity(std::string_view name) { return Region{}.with_entity(name); }
    static Region of_scope(std::string_view name) { return Region{}.with_scope(name); }
    static Region of_kind(EventKind which) { return Region{}.with_kind(which); }

    Region with_entity(std::string_view name) && { return entity = name, std::move(*this); }
    Region with_prefix(std::string_view text) && { return prefix = text, std::move(*this); }
    Region with_scope(std::string_view name) && { return scope = name, std::move(*this); }
    Region with_kind(EventKind which) && { return kind = which, std::move(*this); }
    Region with_category(unsigned which) && { return category = which, std::move(*this); }
    Region with_sequences(std::uint64_t first, std::uint64_t last) && {
        return sequences = std::pair{first, last}, std::move(*this);
    }

    bool holds(std::string_view event_entity, std::string_view event_scope, EventKind event_kind,
               std::uint64_t sequence) const;
};

}  // namespace station::ledger
