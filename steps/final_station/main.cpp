// The last step: a small, durable message bus. Without a server, its commands work straight on a folder.
#include <csignal>
#include <exception>
#include <new>
#include <station/app/command_line.hpp>
#include <station/app/last_words.hpp>
#include <station/base/descriptor_limit.hpp>
#include <station/base/standard_streams.hpp>
#include <system_error>

#include "commands/output.hpp"
#include "commands/subcommands.hpp"

using namespace station;
using namespace station::final_station;

namespace {

int run(int argc, char** argv) {
    app::CommandLine cli{"Station: a small, durable message bus", "station"};
    cli.require_subcommand();
    cli.read_options_from("--config");
    const Subcommand all[] = {serve_command(cli), init_command(cli),   publish_command(cli), replay_command(cli),
                              tail_command(cli),  topics_command(cli), verify_command(cli),  dump_command(cli),
                              bench_command(cli), ledger_command(cli), chat_command(cli),    topic_command(cli),
                              mirror_command(cli)};
    if (const auto wrong = cli.parse(argc, argv)) return fail(*wrong + " (see --help)", kUsage);
    for (const Subcommand& one : all) {
        if (one.command.parsed()) return one.run();
    }
    return kUsage;
}

}  // namespace

int main(int argc, char** argv) {
    base::open_standard_streams();
    base::raise_descriptor_limit();
    // A file that may not grow is a full disk, which is an error like any other.
    std::signal(SIGXFSZ, SIG_IGN);
    app::speak_last_words("station");
    try {
        return run(argc, argv);
    } catch (const std::bad_alloc&) {
        throw;  // for the last words, as is the next one
    } catch (const std::system_error&) {
        throw;
    } catch (const std::exception& error) {
        return fail(error.what());
    }
}
