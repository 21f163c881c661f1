// The command line of `check`.
#pragma once

#include <loadgen/check/target.hpp>
#include <string>

namespace station::check {

struct Options {
    int step = 0;
    Program program;    // what is checked
    std::string bin;    // where the steps' own binaries are
    std::string cases;  // tests/contract
    std::string only;
    std::string json;  // file for the results; empty: none
    bool slow = false;
    double patience = 5;   // seconds, the longest wait for a reply
    bool contract = true;  // which phases run
    bool lesson = true;
};

// Never returns on --help (status 0) or a bad option (one line on standard error, status 2).
Options parse_options(int argc, char** argv);

}  // namespace station::check
