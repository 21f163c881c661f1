// The scenarios that run inside a process, on a simulated disk:
//
//   lab_log simulate|torn|rot|clock|exhaust [--seed N] [--count N] [--jobs N] [--control]
#include "scenarios.hpp"

#include <cstdio>
#include <exception>
#include <map>
#include <station/app/command_line.hpp>
#include <station/base/standard_streams.hpp>

int main(int argc, char** argv) {
    station::base::open_standard_streams();
    using namespace station;
    using namespace station::lab;
    const std::map<std::string, int (*)(const Options&)> scenarios{
        {"simulate", simulate}, {"torn", torn}, {"rot", rot}, {"clock", clock}, {"exhaust", exhaust}};
    app::CommandLine cli{"Breaks the log on a simulated disk."};
    Options options;
    cli.add_option("--seed", options.seed, "the first seed");
    cli.add_option("--count", options.count, "how many seeds");
    cli.add_option("--jobs", options.jobs, "threads").range(1, 64);
    cli.add_flag("--control", options.control, "a reader that is wrong on purpose");
    cli.require_subcommand();
    for (const auto& [name, run] : scenarios) cli.add_subcommand(name).fall_through();
    cli.parse_or_exit(argc, argv);
    try {
        return scenarios.at(cli.subcommand())(options);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "lab_log: %s\n", error.what());
        return 2;
    }
}
