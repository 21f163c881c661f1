// The command line of loadgen.
#pragma once

#include <loadgen/hammer/plan.hpp>
#include <loadgen/hammer/talk/plan.hpp>
#include <optional>
#include <string>

namespace station::hammer {

struct Options {
    Plan plan;
    std::optional<talk::Plan> chat;  // instead of the plan: --mix chat
    std::string json;                // a file, "-" for standard output, empty for none
    std::string html;                // the same
    bool omission = false;           // show what coordinated omission hides
    bool fail_on_errors = false;     // a rejection is a failure as well
};

// Never returns on --help (status 0) or a bad option (one line on standard error, status 2).
Options parse_options(int argc, char** argv);

// One line on standard error, whatever `what` quotes, and status 2.
[[noreturn]] void fail_usage(const std::string& what);

}  // namespace station::hammer
