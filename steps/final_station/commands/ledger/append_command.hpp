// `station ledger append`: one event, or standard input's lines.
#pragma once

#include "options.hpp"

namespace station::final_station {

int ledger_append(const LedgerOptions& options, LedgerAppendOptions append);

}  // namespace station::final_station
