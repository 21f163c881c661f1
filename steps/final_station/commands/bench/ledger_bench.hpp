// station ledger bench: what the ledger makes of the log under it, each row with its aim (docs/benchmarks.md). Ratios
// within one run mean more than rates, and nothing means much on a machine that does other things meanwhile.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "commands/subcommands.hpp"

namespace station::final_station {

struct LedgerBenchOptions {
    std::string dir = "data";
    std::string durability = "always";  // of the rows that compare with the log
    std::vector<std::string> only;      // rows; empty: all
    std::size_t size = 200;             // bytes of a payload, as JSON
    double seconds = 3;                 // of publishing, for each of the two, and of asking
    std::uint64_t events = 0;           // 0: as many as the aim is about
    bool json = false;
};

int ledger_bench(const LedgerBenchOptions& options);

// As `bench`, in the group of the ledger's commands.
Subcommand bench_ledger_command(const app::Command& group);

}  // namespace station::final_station
