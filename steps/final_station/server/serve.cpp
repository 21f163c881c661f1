#include "serve.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <new>
#include <station/app/run.hpp>
#include <station/base/descriptor_limit.hpp>
#include <station/base/service_manager.hpp>
#include <station/flow/duration.hpp>
#include <station/flow/shutdown_signal.hpp>
#include <station/metrics/counters.hpp>
#include <station/net/endpoint.hpp>
#include <system_error>

#include "chat/doors/application.hpp"
#include "credentials.hpp"
#include "descriptors.hpp"
#include "doors/http_api.hpp"
#include "journal.hpp"
#include "open_engine.hpp"
#include "reload_signal.hpp"
#include "web_port.hpp"

namespace station::final_station {
namespace {

// Of the chat's own bus, its tables' database and its webhooks.
constexpr std::size_t kDescriptorsOfChat = 64;

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

std::string too_few_descriptors(std::size_t limit, std::size_t threads) {
    return "the limit of " + std::to_string(limit) +
           " descriptors is too small: " + std::to_string(descriptors_needed(threads)) +
           " are needed at least (ulimit -Hn, or LimitNOFILE of systemd)";
}

std::string fewer_connections(std::size_t limit, const DescriptorShares& shares, std::size_t wanted) {
    return "the limit of " + std::to_string(limit) + " descriptors leaves room for " +
           std::to_string(shares.connections) + " connections, not for " + std::to_string(wanted) +
           " (--max-connections): " + std::to_string(shares.log) + " are for the log, " +
           std::to_string(shares.server) + " for the server itself";
}

// The chat alone needs no token, and then nothing of the bus is there.
bool has_bus(const ServeOptions& options) { return !options.chat || !options.token_file.empty(); }

ServerOptions server_options(const ServeOptions& options) {
    ServerOptions server = options.server;
    server.web.host = server.lines.host = options.host;
    server.has_lines = has_bus(options);
    return server;
}

// nullptr where there is none to be served.
tl::expected<std::unique_ptr<chat::Application>, std::string> open_chat(const ServeOptions& options, Journal& journal) {
    if (!options.chat) return nullptr;
    chat::ApplicationOptions its;
    its.dir = log::Path{options.data} / "chat";
    its.durability = log::Durability::parse(options.durability).value();
    its.url = options.chat_url;
    its.rate = options.chat_rate;
    its.allow_private_webhooks = options.allow_private_webhooks;
    its.logger = [&journal](log::Severity severity, std::string_view text) { journal.write(severity, text); };
    return chat::Application::open(std::move(its));
}

WebPort web_port(const ServeOptions& options, chat::Application* chat) {
    WebPort web;
    web.has_bus = has_bus(options);
    add_health_routes(web.routes);
    if (web.has_bus) add_bus_routes(web.routes);
    if (chat != nullptr) chat->add_to(web);
    return web;
}

// For people to read and click, whatever form the log's lines have.
void say_setup(const chat::Application& chat, const net::Endpoint& web) {
    net::Endpoint here = web;
    if (here.host == "0.0.0.0") here.host = "127.0.0.1";
    if (here.host == "::") here.host = "::1";
    const std::string link = chat.setup_link(net::to_string(here));
    if (!link.empty()) std::fprintf(stderr, "station chat: nobody has an account; the first one: %s\n", link.c_str());
}

Settings settings_of(const ServeOptions& options, std::size_t connections, Journal& journal) {
    Settings settings;
    settings.limits = limits_of(options);
    settings.limits.max_connections = connections;
    if (options.log_level == "debug") settings.debug = [&journal](std::string_view text) { journal.debug(text); };
    settings.tell = [&journal](log::Severity severity, std::string_view text) { journal.write(severity, text); };
    return settings;
}

// Those of Asio's parts that can't be had are thrown.
std::unique_ptr<Server> make_server(Station& station, const ServeOptions& options, std::string& problem) try {
    return std::make_unique<Server>(station, server_options(options));
} catch (const std::system_error& error) {
    problem = error.code().message();
    return nullptr;
}

void own_name(Station& station, const std::string& host) {
    OriginRules rules = *station.origins;
    rules.own_host = host;
    station.origins.replace(std::move(rules));
}

void let_in(Station& station, const Credentials& credentials) {
    OriginRules rules = *station.origins;
    rules.allowed = credentials.allow_origins;
    rules.hosts = credentials.allow_hosts;
    station.origins.replace(std::move(rules));
    station.access.set_token(credentials.token);
}

// A thread that can't be had is what Asio and the log throw this for.
std::string in_words(std::error_code error) {
    const bool threads = error == std::errc::resource_unavailable_try_again;
    return (threads ? "a thread can't be made, too many of them or no memory for its stack: " : "") + error.message();
}

// What can't be read stays as it was: a file that is just being written must not open the doors, nor close them.
void reload(Station& station, const ServeOptions& options, Journal& journal) try {
    const auto credentials = read_credentials(options);
    if (!credentials) {
        return journal.write(log::Severity::error, "SIGHUP: " + credentials.error() + "; nothing was changed");
    }
    let_in(station, *credentials);
    journal.write(log::Severity::info, "SIGHUP: the token, the hosts and the origins were read again");
} catch (const std::bad_alloc&) {
    station.troubles.out_of_memory();
}

void say_open_to_all(const Station& station, const Server& server, Journal& journal) {
    if (station.origins->loopback || station.access.required() || server.lines() == nullptr) return;
    journal.write(log::Severity::warning,
                  "open to whoever reaches " + net::to_string(server.web()) + " and " +
                      net::to_string(*server.lines()) +
                      ": they can read, write and make topics; --token-file lets in only who has the token");
}

// A manager that is not told waits for nothing, and ends the server in the end: the log says why.
void tell(Journal& journal, std::string_view words) {
    const auto error = base::tell_service_manager(words);
    if (!error) return;
    journal.write(log::Severity::warning,
                  "the service manager ($NOTIFY_SOCKET) can't be told " + std::string{words} + ": " + error.message());
}

int serve_until_told(Station& station, Server& server, chat::Application* chat, const ServeOptions& options,
                     Journal& journal) {
    const auto drain = duration(options.drain_timeout);
    const flow::ShutdownSignal signal([&] {
        journal.write(log::Severity::info, "stopping: no more connections, finishing what was accepted");
        tell(journal, "STOPPING=1");
        server.stop(std::chrono::steady_clock::now() + drain);
    });
    const ReloadSignal again([&] { reload(station, options, journal); });
    if (const auto error = server.start()) {
        journal.fatal("the server can't begin: " + in_words(error));
        return app::kUsageError;
    }
    // Before anybody can know that the server is there.
    if (chat != nullptr) say_setup(*chat, server.web());
    app::announce("station", server.web());
    if (server.lines() != nullptr) std::printf("station lines on %s\n", net::to_string(*server.lines()).c_str());
    std::fflush(stdout);
    tell(journal, "READY=1");
    server.run();

    std::error_code error = station.shutdown();
    if (const auto of_chat = chat != nullptr ? chat->stop() : std::error_code{}; !error) error = of_chat;
    server.settle();
    if (error) journal.write(log::Severity::error, "the log could not be closed cleanly: " + error.message());
    if (server.cut() > 0) {
        journal.write(log::Severity::warning, std::to_string(server.cut()) + " connections were cut at the deadline");
    }
    return app::report(error ? app::kFailure : app::kSuccess, station.counters.publishes());
}

int begin(const ServeOptions& options, Journal& journal) {
    const auto refuse = [&](const std::string& why) {
        journal.fatal(why);
        return app::kUsageError;
    };
    const auto credentials = read_credentials(options);
    if (!credentials) return refuse(credentials.error());
    const std::size_t descriptors = base::raise_descriptor_limit();
    const std::size_t of_chat = options.chat ? std::min(kDescriptorsOfChat, descriptors) : 0;
    const auto shares =
        share_descriptors(descriptors - of_chat, options.server.threads, options.limits.max_connections);
    if (!shares) return refuse(too_few_descriptors(descriptors, options.server.threads));
    auto engine = open_engine(options, shares->log, journal);
    if (!engine) return refuse(engine.error());

    Station station{*std::move(engine), settings_of(options, shares->connections, journal)};
    const auto chat = open_chat(options, journal);
    if (!chat) return refuse(chat.error());
    const WebPort web = web_port(options, chat->get());
    station.web = &web;
    if (*chat != nullptr) own_name(station, (*chat)->site().host());
    let_in(station, *credentials);
    if (const auto error = station.open()) return refuse(place_of(options) + ": " + error.message());

    std::string problem;
    const auto server = make_server(station, options, problem);
    if (server == nullptr) return refuse("the server can't begin: " + problem);
    if (const auto error = server->listen()) {
        return refuse("cannot listen on " + net::to_string(server->refused()) + ": " + error.message());
    }
    if (shares->connections < options.limits.max_connections) {
        journal.write(log::Severity::warning, fewer_connections(descriptors, *shares, options.limits.max_connections));
    }
    say_open_to_all(station, *server, journal);
    if (*chat != nullptr) (*chat)->start();
    return serve_until_told(station, *server, chat->get(), options, journal);
}

}  // namespace

int serve(const ServeOptions& options) {
    hold_back_hang_ups();
    Journal journal{options.log_level, options.log_json ? "json" : options.log_format};
    try {
        return begin(options, journal);
    } catch (const std::system_error& error) {
        journal.fatal("the server can't begin: " + in_words(error.code()));
    } catch (const std::bad_alloc&) {
        journal.fatal("the server can't begin: not enough memory");
    }
    return app::kUsageError;
}

}  // namespace station::final_station
