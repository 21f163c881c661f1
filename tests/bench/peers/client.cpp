// The load client of the comparison with other servers: prints what it measured as one line of JSON.
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>
#include <station/app/command_line.hpp>
#include <station/base/standard_streams.hpp>

#include "load.hpp"

using namespace station;
using namespace station::peers;

namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;

void add_options(const app::Command& cli, LoadOptions& options) {
    const auto option = [&cli](const char* name, auto& value, const char* about) {
        return cli.add_option(name, value, about).show_default();
    };
    option("protocol", options.protocol.name, "How the server is spoken to").required().one_of(protocol_names());
    option("kind", options.kind, "What to do").required().one_of({"publish", "replay", "fanout"});
    option("--port", options.port, "The server's port on 127.0.0.1").required();
    option("--server", options.server, "Process id of the server, for its processor time");
    option("--size", options.size, "Bytes of a payload");
    option("--connections", options.connections, "Publishers").range(1, 10000);
    option("--window", options.window, "Most publishes of a connection without an answer").range(1, 1000000);
    option("--subscribers", options.subscribers, "Live readers of fanout").range(0, 10000);
    option("--events", options.events, "Publish so many, or: so many are stored");
    option("--seconds", options.seconds, "Publish so long");
    option("--rate", options.rate, "Publishes a second of fanout; 0: as fast as answers come");
    option("--page", options.protocol.page, "redis-streams: COUNT");
    option("--line", options.protocol.line, "json-lines: what is published, with % for the payload");
    option("--stream", options.protocol.stream, "websocket: the topic's number");
    option("--topics", options.protocol.topics, "websocket: publish to so many topics in turn, from --stream on")
        .range(1, 1000000);
}

void print(const LoadResult& result) {
    const nlohmann::ordered_json line{
        {"events", result.events},
        {"refused", result.refused},
        {"first_refusal", result.first_refusal},
        {"seconds", result.seconds},
        {"rate", result.rate},
        {"p50_us", result.p50_us},
        {"p99_us", result.p99_us},
        {"client_cpu", result.client_cpu},
        {"server_cpu", result.server_cpu},
        {"other_cpu", result.other_cpu},
    };
    std::printf("%s\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

}  // namespace

int main(int argc, char** argv) {
    station::base::open_standard_streams();
    LoadOptions options;
    options.protocol.line = R"({"op":"pub","data":"%"})";
    app::CommandLine cli{"Drives one of several log servers, all with the same code", "peers_client"};
    add_options(cli, options);
    try {
        cli.parse_or_exit(argc, argv, kUsage);
        const LoadResult result = run_load(options);
        print(result);
        return result.refused == 0 ? EXIT_SUCCESS : kFailed;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "peers_client: %s\n", error.what());
        return kFailed;
    }
}
