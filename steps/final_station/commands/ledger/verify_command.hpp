// `station ledger verify`: one line; status 1 where the ledger is not what was appended.
#pragma once

#include "options.hpp"

namespace station::final_station {

// `head_file`: empty: none.
int ledger_verify(const LedgerOptions& options, const std::string& head_file);

}  // namespace station::final_station
