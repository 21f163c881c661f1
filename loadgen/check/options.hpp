// The command line of `check`.
#pragma once

#include <loadgen/target/target.hpp>
#include <set>
#include <string>

namespace station::check {

inline constexpr int kUsage = 2;  // exit status

struct Options {
    int step = 0;
    target::Program program;  // what is checked
    std::string label;        // how it is called: "reference", "work", "skeleton", "command"
    std::string bin;          // where the steps' own binaries are
    std::string cases;        // tests/contract
    std::string only;
    std::set<std::string> findings;  // of the lesson; empty: all
    std::string json;                // file for the results; empty: none
    std::string trace;               // folder for a failure's trace; empty: none
    std::string history;             // file that gets a line; empty: none
    std::string replay;              // folder of a trace to drive again; empty: none
    std::string sanitizer_reports;   // folder of files to read, instead of a check; empty: none
    bool given_program = false;      // --program, --cmd or --port: on a replay, instead of the trace's own
    bool slow = false;
    bool all = false;      // goes on after the first failure
    double patience = 5;   // seconds, the longest wait for a reply
    bool contract = true;  // which phases run
    bool lesson = true;
};

// Never returns on --help (status 0) or a bad option (one line on standard error, status 2).
Options parse_options(int argc, char** argv);

}  // namespace station::check
