// Checks a program against the contract: all the cases of its step, side by side where they don't mind each
// other.
#pragma once

#include <algorithm>
#include <chrono>
#include <loadgen/check/case.hpp>
#include <loadgen/check/script.hpp>
#include <loadgen/lesson/verdict.hpp>
#include <loadgen/target/target.hpp>
#include <optional>
#include <string>
#include <vector>

namespace station::check {

using lesson::Verdict;

struct ContractOptions {
    int step = 0;
    std::string only;                          // a part of the id or of the name; empty: all
    bool slow = false;                         // the slow cases, too
    std::chrono::milliseconds patience{5000};  // longest wait for one reply
    bool stops = false;                        // at the first failure: what comes after it is not run

    // A program may take that long to start as well, and never less than kStartPatience.
    std::chrono::milliseconds start_patience() const { return std::max(target::kStartPatience, patience); }
};

// Why a case was skipped that comes after the first failure.
inline constexpr const char* kNotAsked = "one failed before; --all runs them";

struct CaseResult {
    const Case* what = nullptr;
    const Group* group = nullptr;
    std::string skipped;  // why; empty where it ran
    std::size_t runs = 0;
    std::size_t failed_runs = 0;
    std::size_t first_failed_run = 0;
    std::optional<Failure> failure;  // of that run
};

struct ContractResult {
    std::vector<CaseResult> cases;  // in the order of the files
    std::string trouble;            // what went wrong beside the cases: it did not start, it was dead at the end
    std::chrono::milliseconds elapsed{0};
    bool stalled = false;  // the machine was busy, and each case that waited in vain passed when it was run again

    Verdict verdict() const;
};

// True where waiting in vain is all that went wrong, and every case that did passes when it is run once more, alone.
bool passes_again(const ContractResult& result, const target::Program& program, const std::vector<Group>& groups,
                  const ContractOptions& options);

ContractResult check_contract(const target::Program& program, const std::vector<Group>& groups,
                              const ContractOptions& options);

}  // namespace station::check
