#include <loadgen/check/options.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <station/app/command_line.hpp>
#include <vector>

namespace station::check {
namespace {

[[noreturn]] void fail_usage(const std::string& what) {
    std::fprintf(stderr, "check: %s (see --help)\n", what.c_str());
    std::exit(kUsage);  // NOLINT(concurrency-mt-unsafe): no other thread runs yet
}

std::string own_folder() {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    return error ? "." : self.parent_path().string();
}

// The one program that is named, of several ways to name it.
struct Named {
    bool reference = false;
    std::string path;
    std::string command;
    std::uint16_t port = 0;
};

void choose_program(const Named& named, Options& options) {
    options.given_program = true;
    std::string label = "command";
    if (!named.path.empty()) {
        options.program = target::Executable{named.path};
        label = "work";
    } else if (!named.command.empty()) {
        options.program = target::Command{named.command};
    } else if (named.port != 0) {
        options.program = target::RunningServer{named.port};
    } else {
        options.program = target::StepBinary{options.bin, options.step};
        options.given_program = named.reference;
        label = "reference";
    }
    if (options.label.empty()) options.label = label;
}

void add_programs(const app::Command& cli, Named& named) {
    const auto reference =
        cli.add_flag("--reference", named.reference, "Check the repository's own step (the default)");
    const auto path = cli.add_option("--program", named.path, "Check this binary, which takes the options of the step");
    const auto command =
        cli.add_option("--cmd", named.command,
                       "Check a program in any language: a shell command, where "
                       "{port} stands for the port to listen on, and {options} for the options of the step");
    const auto port = cli.add_option("--port", named.port, "Check whatever listens on this port of 127.0.0.1");
    command.check([](const std::string& line) {
        return line.find("{port}") == std::string::npos ? "it must say where the port goes, as {port}" : "";
    });
    port.range(1, 65535).excludes({command, reference, path});
    command.excludes({reference, path});
    path.excludes({reference});
}

}  // namespace

Options parse_options(int argc, char** argv) {
    Options options;
    options.bin = own_folder();
    options.cases = "tests/contract";
    Named named;
    std::vector<std::string> findings;
    bool contract_only = false;
    bool lesson_only = false;

    app::CommandLine cli{
        "Checks a program against the contract of a step, and against the step's lesson.\n"
        "Exit status: 0 pass, 1 fail, 2 usage, 3 inconclusive (the machine was too noisy).",
        "check"};
    const auto step = cli.add_option("step", options.step, "The step, 1 to 10").range(1, 10);
    cli.add_option("--bin", options.bin, "Where the steps' binaries are").show_default();
    cli.add_option("--cases", options.cases, "Where the contract's cases (*.jsonl) are").show_default();
    add_programs(cli, named);
    cli.add_option("--label", options.label, "What the program is called in the output and in the history");
    cli.add_option("--only", options.only, "Only the contract's cases with this in their id or name");
    const auto finding = cli.add_option("--finding", findings, "Only this finding of the lesson (may be repeated)");
    cli.add_flag("--slow", options.slow, "The contract's slow cases, too");
    cli.add_flag("--all", options.all, "Go on after the first failure, to the end of contract and lesson");
    cli.add_option("--patience", options.patience, "Longest wait for a reply, in seconds; for a start, 10 at least")
        .show_default()
        .range(0.01, 3600.0);
    cli.add_option("--json", options.json, "Write the results to this file, too");
    cli.add_option("--trace", options.trace, "Where a failure's trace goes: a folder; earlier ones are kept beside it");
    cli.add_option("--history", options.history, "Append a line about this check to this file");
    const auto replay = cli.add_option("--replay", options.replay, "Drive a trace again, and compare");
    const auto reports = cli.add_option("--sanitizer-reports", options.sanitizer_reports,
                                        "Say as JSON what sanitizers wrote to the files of this folder");
    const auto contract = cli.add_flag("--contract-only", contract_only, "Leave out the lesson");
    const auto lesson = cli.add_flag("--lesson-only", lesson_only, "Leave out the contract").excludes({contract});
    finding.excludes({contract});
    replay.excludes({step, finding, contract, lesson});
    reports.excludes({step, finding, contract, lesson, replay});

    if (const auto wrong = cli.parse(argc, argv)) fail_usage(*wrong);
    if (!step.given() && !replay.given() && !reports.given()) fail_usage("step is required");

    options.findings = {findings.begin(), findings.end()};
    options.contract = !lesson_only && !finding.given();
    options.lesson = !contract_only;
    choose_program(named, options);
    return options;
}

}  // namespace station::check
