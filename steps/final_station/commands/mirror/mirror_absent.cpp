#include "commands/output.hpp"
#include "commands/subcommands.hpp"

namespace station::final_station {

Subcommand mirror_command(const app::Command& cli) {
    const app::Command command = cli.add_subcommand("mirror", "Copy a topic into NATS JetStream (not in this build)");
    return {command, [] { return fail("mirror: built without libnats, which it needs", kUsage); }};
}

}  // namespace station::final_station
