// `station ledger get`, `query`, `stream`, `walk` and `stats`: reading, beside whoever appends.
#pragma once

#include "options.hpp"

namespace station::final_station {

int ledger_get(const LedgerOptions& options, const std::string& id);
int ledger_query(const LedgerOptions& options, const LedgerQueryOptions& query);
// `limit` 0: all.
int ledger_walk(const LedgerOptions& options, const std::string& id, std::uint64_t limit);
int ledger_stats(const LedgerOptions& options);

}  // namespace station::final_station
