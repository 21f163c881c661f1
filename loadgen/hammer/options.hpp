// The command line of loadgen.
#pragma once

#include <loadgen/hammer/plan.hpp>
#include <string>

namespace station::hammer {

struct Options {
    Plan plan;
    std::string json;       // a file, "-" for standard output, empty for none
    std::string html;       // a file, empty for none
    bool omission = false;  // show what coordinated omission hides
};

// Never returns on --help (status 0) or a bad option (one line on standard error, status 2).
Options parse_options(int argc, char** argv);

// One line on standard error, and status 2.
[[noreturn]] void fail_usage(const std::string& what);

}  // namespace station::hammer
