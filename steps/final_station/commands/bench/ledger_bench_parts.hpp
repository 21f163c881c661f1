// The parts of station ledger bench.
#pragma once

#include <station/ledger/store/store.hpp>
#include <station/ledger/wire/json.hpp>
#include <string>
#include <string_view>

#include "bench.hpp"
#include "bench_output.hpp"
#include "ledger_bench.hpp"

namespace station::final_station {

// A figure and what it should be.
struct Aim {
    const char* what;  // the figure's name in the row
    double value;
    enum class Must { at_least, at_most } must;
    double bound;
};

BenchJson ledger_row(std::string_view row, std::uint64_t events);
void add_aim(BenchJson& json, const Aim& aim);

// A JSON object of exactly so many bytes, or of the few that it must have.
std::string json_of_size(std::size_t size);

inline constexpr ledger::EventKind kStoredKind = ledger::EventKind::custom(1, 1);

// What a filled ledger holds: its event i is of entity i % entities and scope i % 100, and has a key.
struct LedgerFill {
    std::string dir;
    std::uint64_t events = 0;
    std::uint64_t entities = 1;
    std::string json;  // each event's payload

    std::string entity(std::uint64_t i) const { return "account:" + std::to_string(i % entities); }
};

ledger::Result<ledger::Store> open_filled(const LedgerFill& fill);
// Appends what is missing, without waiting for any disk. What went wrong, or nothing.
std::string fill_ledger(ledger::Store& store, const LedgerFill& fill, std::uint64_t events);

// The rows. Each prints lines and returns the status.
int ledger_bench_publishers(const LedgerBenchOptions& options);  // one in flight each
int ledger_bench_window(const LedgerBenchOptions& options);      // one publisher, many in flight
int ledger_bench_tellers(const LedgerBenchOptions& options);     // eight at one account, by compare-and-swap
int ledger_bench_open(const LedgerBenchOptions& options);
int ledger_bench_memory(const LedgerBenchOptions& options);
int ledger_bench_get(const LedgerBenchOptions& options);
int ledger_bench_query(const LedgerBenchOptions& options);
int ledger_bench_project(const LedgerBenchOptions& options);
int ledger_bench_verify(const LedgerBenchOptions& options);

}  // namespace station::final_station
