#include "serve.hpp"

#include <algorithm>
#include <cstdio>
#include <station/app/run.hpp>
#include <station/flow/duration.hpp>
#include <station/flow/shutdown_signal.hpp>
#include <station/metrics/counters.hpp>
#include <station/net/endpoint.hpp>
#include <thread>

#include "journal.hpp"

namespace station::final_station {
namespace {

constexpr std::size_t kMost = std::size_t{1} << 40;

int fail(const std::string& what, int status) {
    std::fprintf(stderr, "station: %s\n", what.c_str());
    return status;
}

std::string check_duration(const std::string& text) {
    return flow::parse_duration(text) ? "" : "not a duration like 500ms, 8s or 5m: " + text;
}

std::chrono::milliseconds duration(const std::string& text) {
    return std::chrono::ceil<std::chrono::milliseconds>(flow::parse_duration(text).value());
}

Limits limits_of(const ServeOptions& options) {
    Limits limits = options.limits;
    limits.request_timeout = duration(options.request_timeout);
    limits.keep_alive = duration(options.keep_alive);
    limits.idle_timeout = duration(options.idle_timeout);
    limits.ping_interval = duration(options.ping_interval);
    limits.slow_reader = duration(options.slow_reader);
    // An event that is allowed must fit through every door.
    limits.max_message = std::max(limits.max_message, limits.max_payload + 4096);
    limits.max_body = std::max(limits.max_body, limits.max_payload);
    return limits;
}

log::BusConfig bus_config(const ServeOptions& options, Journal& journal) {
    log::BusConfig config;
    config.dir = options.data;
    config.durability = log::Durability::parse(options.durability).value();
    config.segment_bytes = options.segment_bytes;
    config.queue_capacity = options.queue;
    config.max_payload = options.limits.max_payload;
    config.logger = [&journal](log::Severity severity, std::string_view text) { journal.write(severity, text); };
    return config;
}

void report_recovery(Journal& journal, const Station& station) {
    for (const log::Topic& topic : station.topics()) {
        const log::RecoveryReport& report = topic.recovery();
        const bool damaged = !report.damage.empty();
        const bool cut = report.cut_bytes > 0;
        const auto severity = damaged ? log::Severity::error : cut ? log::Severity::warning : log::Severity::info;
        std::string text = "topic " + topic.name() + ": " + std::to_string(topic.next_offset() - topic.first_offset()) +
                           " events, recovery " + log::to_json(report);
        if (damaged) text += "; it is there for reading only, see `station verify`";
        journal.write(severity, text);
    }
}

}  // namespace

void add_serve(CLI::App& command, ServeOptions& options) {
    Limits& limits = options.limits;
    const auto option = [&](const char* name, auto& value, const char* about) {
        return command.add_option(name, value, about)->capture_default_str();
    };
    const auto positive = [&](const char* name, std::size_t& value, const char* about) {
        option(name, value, about)->check(CLI::Range(std::size_t{1}, kMost));
    };
    const auto time = [&](const char* name, std::string& value, const char* about) {
        option(name, value, about)->check(check_duration);
    };
    option("--data,--dir", options.data, "The bus's folder, made where there is none");
    const auto host = [&options](const std::string& text) {
        options.server.web.host = options.server.lines.host = text;
    };
    command.add_option_function<std::string>("--host", host, "Address to listen on")
        ->default_str(options.server.web.host)
        ->check([](const std::string& text) { return net::is_address(text) ? "" : "not an address: " + text; });
    option("--port", options.server.web.port, "Port of page, API and WebSocket, 0 for any free one");
    option("--line-port", options.server.lines.port, "Port of the JSON lines, 0 for any free one");
    option("--durability", options.durability, "always, batch:EVENTS,MILLIS or os")->check([](const std::string& text) {
        const auto parsed = log::Durability::parse(text);
        return parsed ? std::string{} : parsed.error();
    });
    option("--threads", options.server.threads, "I/O threads")->check(CLI::Range(1, 256));
    option("--segment-bytes", options.segment_bytes, "A segment rotates before it grows past this");
    positive("--queue", options.queue, "Events that wait for a topic's writer; more are rejected");
    option("--max-payload", limits.max_payload, "Largest event, in bytes")
        ->check(CLI::Range(std::size_t{1}, std::size_t{64} << 20));
    positive("--max-message", limits.max_message, "Largest WebSocket message, in bytes");
    positive("--max-fragments", limits.max_fragments, "Most fragments of one message");
    positive("--max-line", limits.max_line, "Longest JSON line, in bytes");
    positive("--max-body", limits.max_body, "Largest HTTP body, in bytes");
    positive("--max-header", limits.max_header_bytes, "Most bytes of an HTTP request's head");
    positive("--max-connections", limits.max_connections, "Most connections at a time");
    positive("--max-topics", limits.max_topics, "Most topics that clients may make");
    positive("--max-subscriptions", limits.max_subscriptions, "Most subscriptions of one connection");
    positive("--max-in-flight", limits.max_in_flight, "Publishes of one connection without an answer");
    positive("--max-in-flight-bytes", limits.max_in_flight_bytes, "Payloads of all that wait for the disk");
    time("--request-timeout", options.request_timeout, "Longest time for a request or message to come in");
    time("--keep-alive", options.keep_alive, "Longest pause between two HTTP requests");
    time("--idle-timeout", options.idle_timeout, "Longest silence on the line port");
    time("--ping-interval", options.ping_interval, "Silence after which a WebSocket is pinged");
    time("--slow-reader", options.slow_reader, "Longest time that a client may take in nothing of what waits for it");
    time("--drain-timeout", options.drain_timeout, "Longest time to finish what was accepted");
    command.add_option("--allow-origin", options.allow_origins, "Another origin whose pages may connect, or *");
    option("--log-level", options.log_level, "debug, info, warning or error")
        ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
    command.add_flag("--log-json", options.log_json, "One JSON object a line on standard error");
}

int serve(const ServeOptions& options) {
    Journal journal{options.log_level, options.log_json};
    const log::BusConfig config = bus_config(options, journal);
    if (const std::string problem = config.problem(); !problem.empty()) return fail(problem, app::kUsageError);
    auto bus = log::Bus::open(config);
    if (!bus) return fail(bus.error().message(), app::kUsageError);

    Station station{std::move(*bus), limits_of(options)};
    station.origins.allowed = options.allow_origins;
    station.debug = [&journal](std::string_view text) { journal.debug(text); };
    if (const auto error = station.open()) return fail(options.data + ": " + error.message(), app::kUsageError);
    report_recovery(journal, station);

    Server server{station, options.server};
    if (const auto error = server.listen()) {
        app::report_listen_error("station", server.refused(), error);
        return app::kUsageError;
    }
    const auto drain = duration(options.drain_timeout);
    const flow::ShutdownSignal signal{[&] {
        journal.write(log::Severity::info, "stopping: no more connections, finishing what was accepted");
        server.stop(std::chrono::steady_clock::now() + drain);
    }};
    app::announce("station", server.web());
    std::printf("station lines on %s\n", net::to_string(server.lines()).c_str());
    std::fflush(stdout);
    server.run();

    const std::error_code error = station.shutdown();
    if (error) journal.write(log::Severity::error, "the log could not be closed cleanly: " + error.message());
    if (server.cut() > 0) {
        journal.write(log::Severity::warning, std::to_string(server.cut()) + " connections were cut at the deadline");
    }
    return app::report(error ? app::kFailure : app::kSuccess, station.counters.publishes());
}

}  // namespace station::final_station
