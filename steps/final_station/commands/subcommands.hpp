// What `station` can be told to do. Each of these adds a command and its options to the command line, and returns what
// does it, once the options have been read.
#pragma once

#include <functional>
#include <station/app/command_line.hpp>
#include <string>

namespace station::final_station {

struct Subcommand {
    app::Command command;
    std::function<int()> run;  // the exit status; what went wrong has been said on standard error
};

Subcommand serve_command(const app::Command& cli);

// On a folder, or on a server that runs.
Subcommand publish_command(const app::Command& cli);
Subcommand replay_command(const app::Command& cli);
Subcommand tail_command(const app::Command& cli);
Subcommand topics_command(const app::Command& cli);
Subcommand topic_command(const app::Command& cli);

// On a folder.
Subcommand init_command(const app::Command& cli);
Subcommand verify_command(const app::Command& cli);
Subcommand dump_command(const app::Command& cli);
Subcommand bench_command(const app::Command& cli);

// A group of commands on a ledger, which is a topic of a folder.
Subcommand ledger_command(const app::Command& cli);

// A group of commands on a chat's folder.
Subcommand chat_command(const app::Command& cli);

// Into JetStream, or home from it.
Subcommand mirror_command(const app::Command& cli);

// What more than one of them has.
app::Argument add_durability(const app::Command& command, std::string& durability);

}  // namespace station::final_station
