#include "serve.hpp"

#include <algorithm>
#include <cstdio>
#include <station/app/run.hpp>
#include <station/app/token_file.hpp>
#include <station/flow/duration.hpp>
#include <station/flow/shutdown_signal.hpp>
#include <station/metrics/counters.hpp>
#include <station/net/endpoint.hpp>
#include <thread>

#include "journal.hpp"
#include "output.hpp"

namespace station::final_station {
namespace {

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
    limits.max_message = std::max(limits.max_message, message_for(limits.max_payload));
    limits.max_body = std::max(limits.max_body, limits.max_payload);
    return limits;
}

log::BusConfig bus_config(const ServeOptions& options, Journal& journal) {
    log::BusConfig config;
    config.dir = options.data;
    config.first_topic = kFirstTopic;
    config.durability = log::Durability::parse(options.durability).value();
    config.segment_bytes = options.segment_bytes;
    config.queue_capacity = options.queue;
    config.max_payload = options.limits.max_payload;
    config.logger = [&journal](log::Severity severity, std::string_view text) { journal.write(severity, text); };
    return config;
}

ServerOptions server_options(const ServeOptions& options) {
    ServerOptions server = options.server;
    server.web.host = server.lines.host = options.host;
    return server;
}

}  // namespace

int serve(const ServeOptions& options) {
    Access access;
    if (!options.token_file.empty()) {
        const auto token = app::read_token_file(options.token_file);
        if (!token) return fail("--token-file: " + token.error(), app::kUsageError);
        access = Access{*token};
    }
    Journal journal{options.log_level, options.log_json};
    const log::BusConfig config = bus_config(options, journal);
    if (const std::string problem = config.problem(); !problem.empty()) return fail(problem, app::kUsageError);
    auto bus = log::Bus::open(config);
    if (!bus) return fail(bus.error().message(), app::kUsageError);

    Station station{std::move(*bus), limits_of(options)};
    station.origins.allowed = options.allow_origins;
    station.origins.hosts = options.allow_hosts;
    station.access = std::move(access);
    station.debug = [&journal](std::string_view text) { journal.debug(text); };
    if (const auto error = station.open()) return fail(options.data + ": " + error.message(), app::kUsageError);

    Server server{station, server_options(options)};
    if (const auto error = server.listen()) {
        app::report_listen_error("station", server.refused(), error);
        return app::kUsageError;
    }
    if (!station.origins.loopback && !station.access.required()) {
        journal.write(log::Severity::warning,
                      "open to whoever reaches " + net::to_string(server.web()) + " and " + net::to_string(server.lines()) +
                          ": they can read, write and make topics; --token-file lets in only who has the token");
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
