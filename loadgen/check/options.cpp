#include <loadgen/check/options.hpp>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <vector>

namespace station::check {
namespace {

constexpr int kUsage = 2;

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
        options.program = Executable{named.path};
        label = "work";
    } else if (!named.command.empty()) {
        options.program = Command{named.command};
    } else if (named.port != 0) {
        options.program = RunningServer{named.port};
    } else {
        options.program = StepBinary{options.bin, options.step};
        options.given_program = named.reference;
        label = "reference";
    }
    if (options.label.empty()) options.label = label;
}

void add_programs(CLI::App& cli, Named& named) {
    auto* const reference =
        cli.add_flag("--reference", named.reference, "Check the repository's own step (the default)");
    auto* const path =
        cli.add_option("--program", named.path, "Check this binary, which takes the options of the step");
    auto* const command = cli.add_option("--cmd", named.command,
                                         "Check a program in any language: a shell command, where "
                                         "{port} stands for the port to listen on");
    auto* const port = cli.add_option("--port", named.port, "Check whatever listens on this port of 127.0.0.1");
    command->check([](const std::string& line) {
        return line.find("{port}") == std::string::npos ? "it must say where the port goes, as {port}" : "";
    });
    port->check(CLI::Range(1, 65535))->excludes(command)->excludes(reference)->excludes(path);
    command->excludes(reference)->excludes(path);
    path->excludes(reference);
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

    CLI::App cli{
        "Checks a program against the contract of a step, and against the step's lesson.\n"
        "Exit status: 0 pass, 1 fail, 2 usage, 3 inconclusive (the machine was too noisy).",
        "check"};
    auto* const step = cli.add_option("step", options.step, "The step, 1 to 10")->check(CLI::Range(1, 10));
    cli.add_option("--bin", options.bin, "Where the steps' binaries are")->capture_default_str();
    cli.add_option("--cases", options.cases, "Where the contract's cases (*.jsonl) are")->capture_default_str();
    add_programs(cli, named);
    cli.add_option("--label", options.label, "What the program is called in the output and in the history");
    cli.add_option("--only", options.only, "Only the contract's cases with this in their id or name");
    auto* const finding = cli.add_option("--finding", findings, "Only this finding of the lesson (may be repeated)")
                              ->expected(1)
                              ->take_all();
    cli.add_flag("--slow", options.slow, "The contract's slow cases, too");
    cli.add_option("--patience", options.patience, "Longest wait for a reply, in seconds")
        ->capture_default_str()
        ->check(CLI::Range(0.01, 3600.0));
    cli.add_option("--json", options.json, "Write the results to this file, too");
    cli.add_option("--trace", options.trace, "Where a failure's trace goes: a folder; earlier ones are kept beside it");
    cli.add_option("--history", options.history, "Append a line about this check to this file");
    auto* const replay = cli.add_option("--replay", options.replay, "Drive a trace again, and compare");
    auto* const contract = cli.add_flag("--contract-only", contract_only, "Leave out the lesson");
    auto* const lesson = cli.add_flag("--lesson-only", lesson_only, "Leave out the contract")->excludes(contract);
    finding->excludes(contract);
    for (auto* const other : {step, finding, contract, lesson}) replay->excludes(other);

    try {
        cli.parse(argc, argv);
        if (!*step && !*replay) throw CLI::RequiredError{"step"};
    } catch (const CLI::CallForHelp&) {
        std::fputs(cli.help().c_str(), stdout);
        std::exit(EXIT_SUCCESS);
    } catch (const CLI::ParseError& error) {
        std::fprintf(stderr, "check: %s (see --help)\n", error.what());
        std::exit(kUsage);
    }

    options.findings = {findings.begin(), findings.end()};
    options.contract = !lesson_only && !*finding;
    options.lesson = !contract_only;
    choose_program(named, options);
    return options;
}

}  // namespace station::check
