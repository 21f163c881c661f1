// The last step: a small, durable message bus. Without a server, these commands work straight on a folder.
#include <csignal>
#include <station/app/command_line.hpp>
#include <station/app/token_file.hpp>
#include <station/base/descriptor_limit.hpp>
#include <station/base/standard_streams.hpp>
#include <station/log/config.hpp>

#include "bench.hpp"
#include "client/server_commands.hpp"
#include "folder_commands.hpp"
#include "serve.hpp"

using namespace station;
using namespace station::final_station;

namespace {

struct CommandLine {
    FolderOptions folder;
    std::string server;  // empty: straight on the folder
    std::string token_file;
    PublishOptions publish;
    ReplayOptions replay;
    ReplayOptions tail{.from = "now", .follow = true};
    BenchOptions bench;
    ServeOptions serve;
    std::string topic;
};

app::Command folder_command(const app::Command& cli, const char* name, const char* about, FolderOptions& options) {
    const app::Command command = cli.add_subcommand(name, about);
    command.add_option("--dir", options.dir, "The bus's folder").show_default();
    return command;
}

// On a folder, or on a server.
app::Command bus_command(const app::Command& cli, const char* name, const char* about, CommandLine& line) {
    const app::Command command = folder_command(cli, name, about, line.folder);
    command.add_option("--server", line.server, "A server that runs, HOST:PORT, instead of a folder")
        .excludes("--dir")
        .check([](const std::string& text) {
            return net::parse_endpoint(text) ? "" : "expected a host and a port like 127.0.0.1:9000, got " + text;
        });
    command.add_option("--token-file", line.token_file, "A file with the token that the server wants")
        .needs("--server");
    return command;
}

app::Argument add_durability(const app::Command& command, std::string& durability) {
    return command.add_option("--durability", durability, "always, batch:EVENTS,MILLIS or os")
        .show_default()
        .check([](const std::string& text) {
            const auto parsed = log::Durability::parse(text);
            return parsed ? std::string{} : parsed.error();
        });
}

void add_replay(const app::Command& command, CommandLine& line, ReplayOptions& options) {
    command.add_option("--topic", line.topic, "The topic").required();
    command.add_option("--from", options.from, "beginning, now, offset:N, time:NS or event:UUID").show_default();
    command.add_flag("--exclusive", options.exclusive, "Start behind the event named, not with it");
    command.add_option("--limit", options.limit, "Stop after so many events").positive();
    command.add_flag("--json", line.folder.json, "One line of JSON an event, instead of its payload");
}

void add_bench(const app::Command& cli, CommandLine& line) {
    const auto bench = folder_command(cli, "bench", "Measure this machine's disk and the log on it", line.folder);
    BenchOptions& options = line.bench;
    bench.add_option("what", options.what, "publish, replay, tail, fanout, recover or disk")
        .one_of({"publish", "replay", "tail", "fanout", "recover", "disk"});
    add_durability(bench, line.folder.durability);
    bench.add_option("--size", options.size, "Bytes a payload").show_default();
    bench.add_option("--topics", options.topics, "Topics").show_default().range(1, 1000);
    bench.add_option("--publishers", options.publishers, "Publishing threads").show_default().range(1, 1024);
    bench.add_option("--in-flight", options.in_flight, "Events each publisher does not wait for")
        .show_default()
        .range(1, 1000000);
    bench.add_option("--batch", options.batch, "Events a publisher hands over at once").show_default().range(1, 100000);
    bench.add_option("--seconds", options.seconds, "How long to publish").show_default();
    bench.add_option("--events", options.events, "How many events to publish, replay or recover; 0: by time")
        .show_default();
    bench.add_option("--subscribers", options.subscribers, "Cursors of fanout").show_default().range(1, 1000);
    bench.add_option("--zero-ahead", options.zero_ahead, "Bytes of zeros written ahead").show_default();
    bench.add_flag("--json", line.folder.json, "One line of JSON instead of words");
}

int run(int argc, char** argv) {
    CommandLine line;
    app::CommandLine cli{"Station: a small, durable message bus", "station"};
    cli.require_subcommand();

    const auto serve_command = cli.add_subcommand("serve", "Open the bus to the network, with a page");
    add_serve(serve_command, line.serve);
    const auto init_command = folder_command(cli, "init", "Make a bus in a folder", line.folder);
    init_command.add_option("--topic", line.folder.topics, "Topics to make");
    const auto publish_command = bus_command(cli, "publish", "Append events to a topic", line);
    publish_command.add_option("--topic", line.topic, "The topic, made if need be").required();
    publish_command.add_option("text", line.publish.texts, "The events; none: standard input, one a line");
    publish_command.add_option("--file", line.publish.file, "A file that is one event");
    publish_command.add_option("--header", line.publish.headers, "KEY=VALUE, with every event");
    publish_command.add_flag("--keep-going", line.publish.keep_going,
                             "Standard input: say which lines are refused, and try the next ones");
    // A server has made up its mind about these.
    add_durability(publish_command, line.folder.durability).excludes("--server");
    publish_command
        .add_option("--segment-bytes", line.folder.segment_bytes, "A segment rotates before it grows past this")
        .show_default()
        .excludes("--server");
    publish_command.add_option("--max-payload", line.folder.max_payload, "Largest event taken, in bytes")
        .show_default()
        .excludes("--server");
    const auto replay_command = bus_command(cli, "replay", "Print what a topic holds", line);
    add_replay(replay_command, line, line.replay);
    const auto tail_command = bus_command(cli, "tail", "Print what a topic gets, until interrupted", line);
    add_replay(tail_command, line, line.tail);
    const auto topics_command = bus_command(cli, "topics", "List the topics", line);
    topics_command.add_flag("--json", line.folder.json, "As JSON");
    const auto verify_command = folder_command(cli, "verify", "Check every byte; status 1 on damage", line.folder);
    verify_command.add_option("--topic", line.folder.topics, "Only these topics");
    verify_command.add_flag("--json", line.folder.json, "One line of JSON a topic");
    const auto dump_command = folder_command(cli, "dump", "Say what lies at which byte", line.folder);
    dump_command.add_option("--topic", line.folder.topics, "Only these topics");
    add_bench(cli, line);

    if (const auto wrong = cli.parse(argc, argv)) return fail(*wrong + " (see --help)", kUsage);
    if (serve_command.parsed()) return serve(line.serve);
    if (!line.topic.empty()) line.folder.topics = {line.topic};
    if (!line.server.empty()) {
        RemoteOptions options{{*net::parse_endpoint(line.server), {}}, line.topic, line.folder.json};
        if (!line.token_file.empty()) {
            auto token = app::read_token_file(line.token_file);
            if (!token) return fail("--token-file: " + token.error(), kUsage);
            options.server.token = std::move(*token);
        }
        if (publish_command.parsed()) return publish(options, line.publish);
        if (topics_command.parsed()) return topics(options);
        return replay(options, replay_command.parsed() ? line.replay : line.tail);
    }
    if (init_command.parsed()) return init(line.folder);
    if (publish_command.parsed()) return publish(line.folder, line.publish);
    if (replay_command.parsed()) return replay(line.folder, line.replay);
    if (tail_command.parsed()) return replay(line.folder, line.tail);
    if (topics_command.parsed()) return topics(line.folder);
    if (verify_command.parsed()) return verify(line.folder);
    if (dump_command.parsed()) return dump(line.folder);
    line.bench.folder = line.folder;
    return bench(line.bench);
}

}  // namespace

int main(int argc, char** argv) {
    base::open_standard_streams();
    base::raise_descriptor_limit();
    // A file that may not grow is a full disk, which is an error like any other.
    std::signal(SIGXFSZ, SIG_IGN);
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "station: %s\n", error.what());
        return EXIT_FAILURE;
    }
}
