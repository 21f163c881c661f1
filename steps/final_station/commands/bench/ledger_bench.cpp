#include "ledger_bench.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>

#include "ledger_bench_parts.hpp"

namespace station::final_station {
namespace {

struct LedgerRow {
    const char* name;
    int (*run)(const LedgerBenchOptions&);
};

constexpr std::array kLedgerRows{LedgerRow{"publishers", ledger_bench_publishers},
                                 LedgerRow{"window", ledger_bench_window},
                                 LedgerRow{"tellers", ledger_bench_tellers},
                                 LedgerRow{"open", ledger_bench_open},
                                 LedgerRow{"get", ledger_bench_get},
                                 LedgerRow{"query", ledger_bench_query},
                                 LedgerRow{"project", ledger_bench_project},
                                 LedgerRow{"verify", ledger_bench_verify},
                                 LedgerRow{"memory", ledger_bench_memory}};

}  // namespace

BenchJson ledger_row(std::string_view row, std::uint64_t events) {
    return {{"bench", "ledger"}, {"row", row}, {"events", events}};
}

void add_aim(BenchJson& json, const Aim& aim) {
    const bool at_least = aim.must == Aim::Must::at_least;
    json[aim.what] = rounded(aim.value);
    const std::string name{aim.what};
    json[name + (at_least ? "_at_least" : "_at_most")] = aim.bound;
    json[name + "_holds"] = at_least ? aim.value >= aim.bound : aim.value <= aim.bound;
}

int ledger_bench(const LedgerBenchOptions& options) {
    bool first = true;
    for (const LedgerRow& row : kLedgerRows) {
        const auto& only = options.only;
        if (!only.empty() && std::find(only.begin(), only.end(), row.name) == only.end()) continue;
        if (!std::exchange(first, false) && !options.json) std::puts("");
        if (const int status = row.run(options)) return status;
        std::fflush(stdout);
    }
    return 0;
}

Subcommand bench_ledger_command(const app::Command& group) {
    const auto shared = std::make_shared<LedgerBenchOptions>();
    LedgerBenchOptions& options = *shared;
    const app::Command command = group.add_subcommand("bench", "Measure the ledger beside the log under it");
    const auto option = [&](const char* name, auto& value, const char* about) {
        return command.add_option(name, value, about).show_default();
    };
    std::vector<std::string> names;
    for (const LedgerRow& row : kLedgerRows) names.emplace_back(row.name);
    option("--dir", options.dir, "A folder: what is measured stays there, gigabytes of it, for the next time");
    command
        .add_option("--only", options.only,
                    "publishers, window, tellers, open, get, query, project, verify or memory, more than once for "
                    "several; none: "
                    "all")
        .one_of(names);
    add_durability(command, options.durability);
    option("--size", options.size, "Bytes of a payload, as JSON");
    option("--seconds", options.seconds, "How long to publish, or to ask");
    option("--events", options.events,
           "So many are stored, or paid out by tellers; 0: 1,000,000, 10,000,000 for memory, 100,000 for project");
    command.add_flag("--json", options.json, "One line of JSON a row instead of words");
    return {command, [shared] { return ledger_bench(*shared); }};
}

}  // namespace station::final_station
