// The scenarios that run inside a process, on a simulated disk:
//
//   lab_log simulate|torn|rot|clock [--seed N] [--count N] [--jobs N] [--control]
#include "scenarios.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <map>

int main(int argc, char** argv) {
    using namespace station::lab;
    const std::map<std::string, int (*)(const Options&)> scenarios{
        {"simulate", simulate}, {"torn", torn}, {"rot", rot}, {"clock", clock}};
    CLI::App app{"Breaks the log on a simulated disk."};
    Options options;
    app.add_option("--seed", options.seed, "the first seed");
    app.add_option("--count", options.count, "how many seeds");
    app.add_option("--jobs", options.jobs, "threads")->check(CLI::Range(1, 64));
    app.add_flag("--control", options.control, "a reader that is wrong on purpose");
    app.require_subcommand(1);
    for (const auto& [name, run] : scenarios) app.add_subcommand(name)->fallthrough();
    CLI11_PARSE(app, argc, argv);
    try {
        return scenarios.at(app.get_subcommands().front()->get_name())(options);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "lab_log: %s\n", error.what());
        return 2;
    }
}
