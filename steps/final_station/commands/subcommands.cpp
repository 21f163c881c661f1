#include "subcommands.hpp"

#include <memory>
#include <station/app/token_file.hpp>
#include <station/base/numbers.hpp>
#include <station/log/config.hpp>
#include <station/log/retention_text.hpp>
#include <station/log/topic_pattern.hpp>
#include <string>
#include <tl/expected.hpp>

#include "commands/bench/bench.hpp"
#include "commands/folder/folder_commands.hpp"
#include "commands/remote/server_commands.hpp"
#include "server/serve.hpp"

namespace station::final_station {
namespace {

// Of a command that works on a folder, or on a server.
struct BusOptions {
    FolderOptions folder;
    std::string server;  // empty: straight on the folder
    std::string token_file;
    std::string topic;
    std::vector<std::string> topics;  // of tail

    bool several() const { return topics.size() > 1 || (topics.size() == 1 && log::has_wildcard(topics.front())); }
    bool remote() const { return !server.empty(); }
    tl::expected<RemoteOptions, std::string> on_server() const {
        RemoteOptions options{{*net::parse_endpoint(server), {}}, topic, {}, folder.json};
        if (several()) options.topics = topics;
        if (topics.size() == 1) options.topic = topics.front();
        if (token_file.empty()) return options;
        auto token = app::read_token_file(token_file);
        if (!token) return tl::unexpected("--token-file: " + token.error());
        options.server.token = std::move(*token);
        return options;
    }
    FolderOptions on_folder() const {
        FolderOptions options = folder;
        if (!topic.empty()) options.topics = {topic};
        if (!topics.empty()) options.topics = topics;
        return options;
    }
};

app::Command add_folder_command(const app::Command& cli, const char* name, const char* about, FolderOptions& options) {
    const app::Command command = cli.add_subcommand(name, about);
    command.add_option("--dir", options.dir, "The bus's folder").show_default();
    return command;
}

app::Command add_bus_command(const app::Command& cli, const char* name, const char* about, BusOptions& options) {
    const app::Command command = add_folder_command(cli, name, about, options.folder);
    command.add_option("--server", options.server, "A server that runs, HOST:PORT, instead of a folder")
        .excludes("--dir")
        .check([](const std::string& text) {
            return net::parse_endpoint(text) ? "" : "expected a host and a port like 127.0.0.1:9000, got " + text;
        });
    command.add_option("--token-file", options.token_file, "A file with the token that the server wants")
        .needs("--server");
    return command;
}

// The same command on a server, or on a folder.
template <typename... More>
int run_on(const BusOptions& options, int (*remote)(const RemoteOptions&, const More&...),
           int (*folder)(const FolderOptions&, const More&...), const More&... more) {
    if (!options.remote()) return folder(options.on_folder(), more...);
    const auto server = options.on_server();
    return server ? remote(*server, more...) : fail(server.error(), kUsage);
}

struct PublishCommand {
    BusOptions bus;
    PublishOptions publish;
};

struct ReplayCommand {
    BusOptions bus;
    ReplayOptions replay;
};

Subcommand add_replay(const app::Command& cli, const char* name, const char* about,
                      const std::shared_ptr<ReplayCommand>& options) {
    const app::Command command = add_bus_command(cli, name, about, options->bus);
    ReplayOptions& replay_options = options->replay;
    if (replay_options.follow) {
        command
            .add_option("--topic", options->bus.topics, "The topic; several, or a pattern like 'sensor.*', of a server")
            .required()
            .check([](const std::string& text) {
                return log::is_topic_pattern(text) ? ""
                                                   : "expected a topic's name, with * for any characters, got " + text;
            });
    } else {
        command.add_option("--topic", options->bus.topic, "The topic").required();
    }
    command
        .add_option("--from", replay_options.from,
                    "beginning, now, offset:N, time:2026-11-27T10:00:00Z, ago:5m or event:UUID")
        .show_default();
    command.add_flag("--exclusive", replay_options.exclusive, "Start behind the event named, not with it");
    command.add_option("--limit", replay_options.limit, "Stop after so many events").positive();
    command.add_flag("--json", options->bus.folder.json, "One line of JSON an event, instead of its payload");
    return {command, [options] { return run_on<ReplayOptions>(options->bus, replay, replay, options->replay); }};
}

}  // namespace

app::Argument add_durability(const app::Command& command, std::string& durability) {
    return command.add_option("--durability", durability, "always, batch:EVENTS,MILLIS or os")
        .show_default()
        .check([](const std::string& text) {
            const auto parsed = log::Durability::parse(text);
            return parsed ? std::string{} : parsed.error();
        });
}

Subcommand serve_command(const app::Command& cli) {
    const auto options = std::make_shared<ServeOptions>();
    const app::Command command = cli.add_subcommand("serve", "Open the bus to the network, with a page");
    add_serve_options(command, *options);
    return {command, [options] { return serve(*options); }};
}

Subcommand publish_command(const app::Command& cli) {
    const auto options = std::make_shared<PublishCommand>();
    const app::Command command = add_bus_command(cli, "publish", "Append events to a topic", options->bus);
    PublishOptions& publish_options = options->publish;
    command.add_option("--topic", options->bus.topic, "The topic, made if need be").required();
    command.add_option("text", publish_options.texts, "The events; none: standard input, one a line");
    command.add_option("--file", publish_options.file, "A file that is one event");
    command.add_option("--header", publish_options.headers, "KEY=VALUE, with every event");
    command.add_flag("--keep-going", publish_options.keep_going,
                     "Standard input: say which lines are refused, and try the next ones");
    command.add_flag("--keep-cr", publish_options.keep_cr,
                     "Standard input: leave the \\r of a line that ends with \\r\\n");
    command
        .add_flag("--retry", publish_options.retry,
                  "Where the server goes, connect again, and send again what it has not acknowledged: it may be there "
                  "twice then")
        .needs("--server");
    // A server has made up its mind about these.
    FolderOptions& folder = options->bus.folder;
    add_durability(command, folder.durability).excludes("--server");
    command.add_option("--segment-bytes", folder.segment_bytes, "A segment rotates before it grows past this")
        .show_default()
        .excludes("--server");
    command.add_option("--max-payload", folder.max_payload, "Largest event taken, in bytes")
        .show_default()
        .excludes("--server");
    return {command, [options] { return run_on<PublishOptions>(options->bus, publish, publish, options->publish); }};
}

Subcommand replay_command(const app::Command& cli) {
    return add_replay(cli, "replay", "Print what a topic holds", std::make_shared<ReplayCommand>());
}

Subcommand tail_command(const app::Command& cli) {
    const auto options = std::make_shared<ReplayCommand>(ReplayCommand{{}, {.from = "now", .follow = true}});
    Subcommand tail = add_replay(cli, "tail", "Print what a topic gets, until interrupted", options);
    tail.command
        .add_flag("--once", options->replay.once, "End where the server goes, or has no such topic: don't wait for it")
        .needs("--server");
    return tail;
}

Subcommand topics_command(const app::Command& cli) {
    const auto options = std::make_shared<BusOptions>();
    const app::Command command = add_bus_command(cli, "topics", "List the topics", *options);
    command.add_flag("--json", options->folder.json, "As JSON");
    return {command, [options] { return run_on<>(*options, topics, topics); }};
}

Subcommand topic_command(const app::Command& cli) {
    struct TopicCommand {
        BusOptions bus;
        TopicOptions topic;
    };
    const auto options = std::make_shared<TopicCommand>();
    const app::Command command =
        add_bus_command(cli, "topic", "Show or set what a topic keeps, or delete it", options->bus);
    command.add_option("topic", options->bus.topic, "The topic").required();
    command
        .add_option("--retain-bytes", options->topic.retain_bytes,
                    "The oldest segments go while the topic is larger than this; none: it keeps all")
        .check([](const std::string& text) {
            const auto number = base::parse_number<std::uint64_t>(text);
            return text == "none" || number.value_or(0) > 0
                       ? ""
                       : "expected a positive number of bytes, or none, got " + text;
        });
    command
        .add_option("--retain-age", options->topic.retain_age,
                    "Segments go when their last event is older than this, like 7d or 12h; none: it keeps all")
        .check([](const std::string& text) {
            return text == "none" || log::parse_age(text)
                       ? ""
                       : "expected a whole number of ms, s, m, h or d like 7d, or none, got " + text;
        });
    const app::Argument yes = command.add_flag("--yes", options->topic.yes, "Yes, delete it");
    command.add_flag("--delete", options->topic.remove, "Delete the topic, for good; with --yes")
        .excludes("--retain-bytes")
        .excludes("--retain-age")
        .needs("--yes");
    yes.needs("--delete");
    command.add_flag("--json", options->bus.folder.json, "As JSON");
    return {command, [options] { return run_on<TopicOptions>(options->bus, topic, topic, options->topic); }};
}

Subcommand init_command(const app::Command& cli) {
    const auto options = std::make_shared<FolderOptions>();
    const app::Command command = add_folder_command(cli, "init", "Make a bus in a folder", *options);
    command.add_option("--topic", options->topics, "Topics to make");
    return {command, [options] { return init(*options); }};
}

Subcommand verify_command(const app::Command& cli) {
    const auto options = std::make_shared<FolderOptions>();
    const app::Command command = add_folder_command(cli, "verify", "Check every byte; status 1 on damage", *options);
    command.add_option("--topic", options->topics, "Only these topics");
    command.add_flag("--json", options->json, "One line of JSON a topic");
    return {command, [options] { return verify(*options); }};
}

Subcommand dump_command(const app::Command& cli) {
    const auto options = std::make_shared<FolderOptions>();
    const app::Command command = add_folder_command(cli, "dump", "Say what lies at which byte", *options);
    command.add_option("--topic", options->topics, "Only these topics");
    return {command, [options] { return dump(*options); }};
}

Subcommand bench_command(const app::Command& cli) {
    const auto shared = std::make_shared<BenchOptions>();
    BenchOptions& options = *shared;
    const app::Command command =
        add_folder_command(cli, "bench", "Measure this machine's disk and the log on it", options.folder);
    const auto option = [&](const char* name, auto& value, const char* about) {
        return command.add_option(name, value, about).show_default();
    };
    command.add_option("what", options.what, "publish, replay, tail, fanout, recover or disk")
        .one_of({"publish", "replay", "tail", "fanout", "recover", "disk"});
    add_durability(command, options.folder.durability);
    option("--size", options.size, "Bytes a payload");
    option("--topics", options.topics, "Topics").range(1, 1000);
    option("--publishers", options.publishers, "Publishing threads").range(1, 1024);
    option("--in-flight", options.in_flight, "Events each publisher does not wait for").range(1, 1000000);
    option("--batch", options.batch, "Events a publisher hands over at once").range(1, 100000);
    option("--seconds", options.seconds, "How long to publish");
    option("--events", options.events, "How many events to publish, replay or recover; 0: by time");
    option("--subscribers", options.subscribers, "Cursors of fanout").range(1, 1000);
    option("--zero-ahead", options.zero_ahead, "Bytes of zeros written ahead");
    command.add_flag("--json", options.folder.json, "One line of JSON instead of words");
    return {command, [shared] { return bench(*shared); }};
}

}  // namespace station::final_station
