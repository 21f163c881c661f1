// Where a message lies: its id is that of the event that said it, so the ledger's own index of ids is the tables', too.
// Any thread.
#pragma once

#include <optional>
#include <station/ledger/store/store.hpp>
#include <system_error>
#include <tl/expected.hpp>

#include "row.hpp"

namespace station::chat {

// Of a message of this room, deleted or not, whether or not it is in the tables yet. nullopt: it is none.
tl::expected<std::optional<std::uint64_t>, std::error_code> sequence_in_ledger(const ledger::Store& store,
                                                                               const Id& room, const Id& message);
// Of a message of any room that is there.
tl::expected<std::optional<Place>, std::error_code> find_place(const ledger::Store& store, const Names& names,
                                                               const Id& message);

}  // namespace station::chat
