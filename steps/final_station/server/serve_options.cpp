#include <station/app/command_line.hpp>
#include <station/flow/duration.hpp>
#include <station/log/config.hpp>

#include "serve.hpp"

namespace station::final_station {
namespace {

constexpr std::size_t kMost = std::size_t{1} << 40;

std::string check_duration(const std::string& text) {
    return flow::parse_duration(text) ? "" : "not a duration like 500ms, 8s or 5m: " + text;
}

}  // namespace

void add_serve_options(const app::Command& command, ServeOptions& options) {
    Limits& limits = options.limits;
    const auto option = [&](const char* name, auto& value, const char* about) {
        return command.add_option(name, value, about).show_default();
    };
    const auto positive = [&](const char* name, std::size_t& value, const char* about) {
        option(name, value, about).range(std::size_t{1}, kMost);
    };
    const auto time = [&](const char* name, std::string& value, const char* about) {
        option(name, value, about).check(check_duration);
    };
    command.add_option("--config", options.config,
                       "A file of these options, NAME = VALUE without the dashes; the command line wins");
    option("--data,--dir", options.data, "The bus's folder, made where there is none");
    command
        .add_option(
            "--engine", options.engine,
            "Keep events in NATS JetStream at nats://HOST:PORT,… in place of a folder; chat and ledgers need one")
        .excludes("--data");
    command.add_option("--replicas", options.replicas, "Of each topic there; without it 3 in a cluster, else 1")
        .range(std::size_t{1}, std::size_t{5})
        .needs("--engine");
    command.add_option("--nats-credentials", options.nats_credentials, "A file with what NATS lets this station in by")
        .needs("--engine");
    option("--nats-prefix", options.nats_prefix, "What the names of streams and subjects begin with").needs("--engine");
    option("--host", options.host, "Address to listen on").check([](const std::string& text) {
        return net::is_address(text) ? "" : "not an address: " + text;
    });
    option("--port", options.server.web.port, "Port of page, API and WebSocket, 0 for any free one");
    option("--line-port", options.server.lines.port, "Port of the JSON lines, 0 for any free one");
    option("--durability", options.durability, "always, batch:EVENTS,MILLIS or os")
        .check([](const std::string& text) {
            const auto parsed = log::Durability::parse(text);
            return parsed ? std::string{} : parsed.error();
        })
        .excludes("--engine");
    option("--threads", options.server.threads, "I/O threads").range(1, 256);
    option("--segment-bytes", options.segment_bytes, "A segment rotates before it grows past this")
        .excludes("--engine");
    positive("--queue", options.queue, "Events that wait for a topic's writer; more are rejected");
    option("--max-payload", limits.max_payload, "Largest event, in bytes").range(std::size_t{1}, std::size_t{64} << 20);
    positive("--max-message", limits.max_message, "Largest WebSocket message, in bytes");
    positive("--max-fragments", limits.max_fragments, "Most fragments of one message");
    positive("--max-line", limits.max_line, "Longest JSON line, in bytes");
    positive("--max-body", limits.max_body, "Largest HTTP body, in bytes");
    positive("--max-header", limits.max_header_bytes, "Most bytes of an HTTP request's head");
    positive("--max-connections", limits.max_connections, "Most connections at a time");
    positive("--max-topics", limits.max_topics, "Most topics that clients may make");
    positive("--max-subscriptions", limits.max_subscriptions, "Most subscriptions of one connection");
    positive("--max-subscriptions-total", limits.max_subscriptions_total, "Most subscriptions of all connections");
    positive("--max-in-flight", limits.max_in_flight, "Publishes of one connection without an answer");
    positive("--max-in-flight-bytes", limits.max_in_flight_bytes, "Payloads of all that wait for the disk");
    positive("--max-kept-bytes", limits.max_kept, "Messages and answers of all connections that the server keeps");
    time("--request-timeout", options.request_timeout, "Longest time for a request or message to come in");
    time("--keep-alive", options.keep_alive, "Longest pause between two HTTP requests");
    time("--idle-timeout", options.idle_timeout, "Longest silence on the line port");
    time("--ping-interval", options.ping_interval, "Silence after which a WebSocket is pinged");
    time("--slow-reader", options.slow_reader, "Longest time that a client may take in nothing of what waits for it");
    time("--drain-timeout", options.drain_timeout, "Longest time to finish what was accepted");
    command.add_option("--token-file", options.token_file, "A file with the token that all clients must show");
    command.add_option("--allow-origin", options.allow_origins,
                       "Another origin whose pages may connect, or *; @FILE: one a line");
    command.add_option("--allow-host", options.allow_hosts,
                       "Another name of this server that a request may be sent to; @FILE: one a line");
    command.add_flag("--compress", limits.compress, "Compress WebSocket messages for clients that offer it");
    command
        .add_flag("--chat", options.chat,
                  "Serve the chat at /chat/; without --token-file nothing else, and no line port")
        .excludes("--engine");
    command.add_option("--chat-url", options.chat_url, "Where people find the chat: https://chat.example.org")
        .needs("--chat");
    option("--chat-rate", options.chat_rate, "Messages of a member: a minute and at once, or none").needs("--chat");
    command
        .add_flag("--allow-private-webhooks", options.allow_private_webhooks,
                  "Call bots at addresses of this machine and of private networks, too")
        .needs("--chat");
    option("--log-level", options.log_level, "debug, info, warning or error")
        .one_of({"debug", "info", "warning", "error"});
    option("--log-format", options.log_format, "Of the lines on standard error: text, logfmt or json")
        .one_of({"text", "logfmt", "json"});
    command.add_flag("--log-json", options.log_json, "As --log-format json");
}

}  // namespace station::final_station
