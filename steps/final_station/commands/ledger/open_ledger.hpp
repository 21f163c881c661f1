// A ledger, opened for one command.
#pragma once

#include <station/ledger/store/store.hpp>
#include <station/log/bus.hpp>

#include "options.hpp"

namespace station::final_station {

enum class LedgerAccess {
    read,    // beside whoever appends, what there is now
    change,  // the folder's owner; what is not there is not made
    make,    // the same, and it is made
};

struct OpenLedger {
    log::Bus bus;
    ledger::Store store;  // goes first

    // Nothing is under way; the error of the folder, if there is one.
    std::error_code close();
};

// `config`: its durability, sizes and key; the rest is given here. What is strange but no error is said on standard error.
ledger::Result<OpenLedger> open_ledger(const LedgerOptions& options, LedgerAccess access,
                                       ledger::StoreConfig config = {});

}  // namespace station::final_station
