// Events of a ledger on standard output.
#pragma once

#include <station/ledger/store/store.hpp>

namespace station::final_station {

// A line: JSON as docs/operations.md has it, or what a person wants to see of it. An error of reading the payload.
ledger::Result<void> print_event(const ledger::Store& store, const ledger::StoredEvent& event, bool json);

}  // namespace station::final_station
