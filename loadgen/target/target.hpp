// The program under check: a step's binary, another one that takes a step's options, any program that is started by a
// command, or whatever listens on a port.
#pragma once

#include <loadgen/target/process.hpp>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

namespace station::target {

struct StepBinary {
    std::string folder;
    int step = 0;
};
// A binary that takes the options of a step, and announces itself as a step does.
struct Executable {
    std::string path;
};
// A line for /bin/sh; {port} stands for the port that the program is to listen on, {options} for the options of the
// step, where there are any; without {options} they go to its end.
struct Command {
    std::string line;
};
struct RunningServer {
    std::uint16_t port = 0;
};
using Program = std::variant<StepBinary, Executable, Command, RunningServer>;

std::string to_string(const Program& program);

// Only binaries are known to take the options of the contract.
bool takes_options(const Program& program);

class Target {
  public:
    // Starts the program (not a RunningServer, of course) and waits until it accepts connections.
    static tl::expected<Target, std::string> start(const Program& program, const std::vector<std::string>& options = {},
                                                   std::chrono::milliseconds patience = kStartPatience);

    const net::Endpoint& endpoint() const { return endpoint_; }

    // How the program ended ("was killed by signal 11"), if it does within `limit`; nullopt: it runs, or
    // nobody can know.
    std::optional<std::string> death(std::chrono::milliseconds limit);

    // What it has written to standard error; empty for a RunningServer.
    std::string output() const { return process_ ? process_->standard_error() : std::string{}; }

    // Empty: a client that connects now gets a reply to a line. Otherwise what happened instead.
    std::string find_trouble(int step, std::chrono::milliseconds patience);

    // The program itself, for who signals it and watches it; nullopt for a RunningServer.
    std::optional<Server> into_server() &&;

  private:
    Target(net::Endpoint endpoint, std::optional<Process> process)
        : endpoint_(std::move(endpoint)), process_(std::move(process)) {}

    static tl::expected<Target, std::string> start_command(const Command& command,
                                                           const std::vector<std::string>& options,
                                                           std::chrono::milliseconds patience);

    net::Endpoint endpoint_;
    std::optional<Process> process_;
};

}  // namespace station::target
