// The tour's command line.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace station::tour {

struct Options {
    std::vector<int> steps;  // lesson::kFinalStation is the last one
    std::filesystem::path bin = "build/bin";
    std::filesystem::path out = "build/tour";
    std::filesystem::path json;
    std::filesystem::path work;     // where the learner's programs are; empty: nowhere
    std::filesystem::path history;  // empty: none is read, none is written
    int drains = 5;
    bool predict = false;
};

// Ends the program where the command line makes no sense, or asks for help.
Options parse_options(int argc, char** argv);

// Says what is wrong on standard error and ends the program with status 2.
[[noreturn]] void fail_usage(const std::string& what);

}  // namespace station::tour
