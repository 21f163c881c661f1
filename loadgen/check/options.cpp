#include <loadgen/check/options.hpp>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace station::check {
namespace {

constexpr int kUsage = 2;

std::string own_folder() {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    return error ? "." : self.parent_path().string();
}

}  // namespace

Options parse_options(int argc, char** argv) {
    Options options;
    options.bin = own_folder();
    options.cases = "tests/contract";
    std::string command;
    std::uint16_t port = 0;
    bool is_reference = false;
    bool contract_only = false;
    bool lesson_only = false;

    CLI::App cli{
        "Checks a program against the contract of a step, and against the step's lesson.\n"
        "Exit status: 0 pass, 1 fail, 2 usage, 3 inconclusive (the machine was too noisy).",
        "check"};
    cli.add_option("step", options.step, "The step, 1 to 10")->required()->check(CLI::Range(1, 10));
    cli.add_option("--bin", options.bin, "Where the steps' binaries are")->capture_default_str();
    cli.add_option("--cases", options.cases, "Where the contract's cases (*.jsonl) are")
        ->capture_default_str();
    auto* const reference =
        cli.add_flag("--reference", is_reference, "Check the repository's own step (the default)");
    auto* const by_command = cli.add_option("--cmd", command,
                                            "Check a program in any language: a shell command, where "
                                            "{port} stands for the port to listen on");
    auto* const by_port = cli.add_option("--port", port, "Check whatever listens on this port of 127.0.0.1");
    cli.add_option("--only", options.only, "Only the contract's cases with this in their id or name");
    cli.add_flag("--slow", options.slow, "The contract's slow cases, too");
    cli.add_option("--patience", options.patience, "Longest wait for a reply, in seconds")
        ->capture_default_str()
        ->check(CLI::Range(0.01, 3600.0));
    cli.add_option("--json", options.json, "Write the results to this file, too");
    auto* const contract = cli.add_flag("--contract-only", contract_only, "Leave out the lesson");
    cli.add_flag("--lesson-only", lesson_only, "Leave out the contract")->excludes(contract);
    by_port->check(CLI::Range(1, 65535))->excludes(by_command)->excludes(reference);
    by_command->excludes(reference);

    try {
        cli.parse(argc, argv);
        if (*by_command && command.find("{port}") == std::string::npos) {
            throw CLI::ValidationError{"--cmd", "it must say where the port goes, as {port}"};
        }
    } catch (const CLI::CallForHelp&) {
        std::fputs(cli.help().c_str(), stdout);
        std::exit(EXIT_SUCCESS);
    } catch (const CLI::ParseError& error) {
        std::fprintf(stderr, "check: %s (see --help)\n", error.what());
        std::exit(kUsage);
    }

    options.program = StepBinary{options.bin, options.step};
    if (*by_command) options.program = Command{command};
    if (*by_port) options.program = RunningServer{port};
    options.contract = !lesson_only;
    options.lesson = !contract_only;
    return options;
}

}  // namespace station::check
