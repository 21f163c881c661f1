#include <memory>
#include <station/app/token_file.hpp>
#include <station/net/endpoint.hpp>
#include <string>

#include "commands/output.hpp"
#include "commands/subcommands.hpp"
#include "mirror.hpp"

namespace station::final_station {
namespace {

struct MirrorCommand {
    MirrorOptions mirror;
    std::string to;
    std::string from;
    std::string server;
    std::string token_file;
    int replicas = 0;
    bool follow = false;

    int run() {
        if (to.empty() == from.empty()) return fail("mirror: one of --to and --from is required (see --help)", kUsage);
        mirror.is_home = !from.empty();
        mirror.jetstream.urls = *jetstream::parse_urls(mirror.is_home ? from : to);
        if (replicas > 0) mirror.replicas = static_cast<unsigned>(replicas);
        if (!server.empty()) {
            mirror.server = Remote{*net::parse_endpoint(server), {}};
            if (!token_file.empty()) {
                auto token = app::read_token_file(token_file);
                if (!token) return fail("--token-file: " + token.error(), kUsage);
                mirror.server->token = std::move(*token);
            }
        }
        return final_station::mirror(mirror);
    }
};

std::string check_urls(const std::string& text) {
    const auto urls = jetstream::parse_urls(text);
    return urls ? std::string{} : urls.error();
}

std::string check_prefix(const std::string& text) {
    return jetstream::is_prefix(text) ? "" : "expected 1 to 64 of A-Z a-z 0-9 _ -, got " + text;
}

std::string check_topic(const std::string& text) {
    return log::is_topic_name(text) ? "" : make_error_code(log::Errc::bad_topic_name).message();
}

}  // namespace

Subcommand mirror_command(const app::Command& cli) {
    const auto options = std::make_shared<MirrorCommand>();
    const app::Command command =
        cli.add_subcommand("mirror", "Copy a topic into NATS JetStream, or home from it, and follow it");
    command.add_option("--dir", options->mirror.dir, "The bus's folder").show_default();
    command.add_option("--server", options->server, "A server that runs, HOST:PORT, instead of a folder")
        .excludes("--dir")
        .check([](const std::string& text) {
            return net::parse_endpoint(text) ? "" : "expected a host and a port like 127.0.0.1:9000, got " + text;
        });
    command.add_option("--token-file", options->token_file, "A file with the token that the server wants")
        .needs("--server");
    command.add_option("--topic", options->mirror.topic, "The topic").required().check(check_topic);
    command.add_option("--to", options->to, "Copy it there: nats://HOST:PORT, and more of its nodes behind commas")
        .check(check_urls);
    command.add_option("--from", options->from, "Copy it from there, into the folder")
        .excludes("--to")
        .excludes("--server")
        .check(check_urls);
    command.add_option("--replicas", options->replicas, "Of a stream that is made: default 3 in a cluster, else 1")
        .range(1, 5)
        .excludes("--from");
    command.add_option("--nats-credentials", options->mirror.jetstream.credentials,
                       "A file with what NATS wants of who connects, as nsc makes it");
    command.add_option("--nats-prefix", options->mirror.jetstream.prefix, "What streams and subjects begin with")
        .show_default()
        .check(check_prefix);
    command.add_flag("--follow", options->follow, "Go on with what comes, until interrupted (the default)");
    command.add_flag("--once", options->mirror.once, "End with what is there now").excludes("--follow");
    command
        .add_flag("--verify", options->mirror.verify,
                  "Copy nothing: read both, and compare counts and a hash over ids, times, headers and payloads")
        .excludes("--follow")
        .excludes("--once");
    return {command, [options] { return options->run(); }};
}

}  // namespace station::final_station
