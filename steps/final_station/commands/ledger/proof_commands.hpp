// `station ledger head`, `prove`, `check-proof`, `keygen` and `forget`.
#pragma once

#include "options.hpp"

namespace station::final_station {

// `key_file`: whose key signs; empty: nobody's.
int ledger_head(const LedgerOptions& options, const std::string& key_file);
int ledger_prove(const LedgerOptions& options, const LedgerProveOptions& prove);
int ledger_check_proof(const LedgerOptions& options, const LedgerCheckOptions& check);
int ledger_keygen(const LedgerOptions& options, const std::string& file);
int ledger_forget(const LedgerOptions& options, const std::string& entity);

}  // namespace station::final_station
