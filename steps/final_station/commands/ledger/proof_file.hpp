// Files with one line of JSON that somebody has kept: heads and proofs.
#pragma once

#include <station/ledger/proof/proof.hpp>
#include <string>

namespace station::final_station {

// The errors name the file.
ledger::Result<ledger::Head> read_head(const std::string& file);
ledger::Result<ledger::Proof> read_proof(const std::string& file);
ledger::Result<ledger::Extension> read_extension(const std::string& file);

}  // namespace station::final_station
