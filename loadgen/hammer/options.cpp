#include <loadgen/hammer/options.hpp>
#include <loadgen/hammer/options_chat.hpp>
#include <loadgen/hammer/text.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <station/app/command_line.hpp>
#include <station/app/token_file.hpp>
#include <station/base/numbers.hpp>
#include <station/base/text.hpp>
#include <station/flow/duration.hpp>

namespace station::hammer {
namespace {

constexpr int kUsage = 2;

struct Texts {  // options that are taken as text and understood here
    std::string target;
    std::string mix = "events";
    std::string duration = "5s";
    std::string ramp = "0s";
    std::string hold = "0s";
    std::string patience = "10s";
    std::string token_file;
};

bool parse_mix(std::string_view text, Plan& plan) {
    constexpr std::string_view kReads = "reads:";
    plan.mix = text == "echo" ? Mix::echo : text == "ws" ? Mix::ws : Mix::events;
    if (text == "echo" || text == "events" || text == "ws") return true;
    if (!text.starts_with(kReads)) return false;
    text.remove_prefix(kReads.size());
    const auto reads = base::parse_number<double>(text);
    plan.reads = reads.value_or(0);
    return reads && plan.reads >= 0 && plan.reads <= 1;
}

Nanoseconds parse_time(const std::string& option, const std::string& text) {
    const auto time = flow::parse_duration(text);
    if (!time) fail_usage(option + ": expected a time like 5s or 200ms, got " + text);
    return *time;
}

std::string check_topic(const std::string& name) {
    const auto plain = [](char c) { return base::is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; };
    const bool good = !name.empty() && name.size() <= 128 && name[0] != '.' && std::ranges::all_of(name, plain);
    return good ? "" : "a topic is 1 to 128 of A-Z a-z 0-9 . _ -, not " + name;
}

// With what all mixes share.
talk::Plan to_chat(talk::Plan chat, const Options& options) {
    const Plan& plan = options.plan;
    chat.rate = plan.rate;
    chat.duration = plan.duration;
    chat.patience = plan.patience;
    chat.payload = plan.payload;
    chat.threads = plan.threads;
    chat.seed = plan.seed;
    if (const std::string wrong = check_chat(chat); !wrong.empty()) fail_usage(wrong);
    if (!options.html.empty() || options.omission) fail_usage("--html and --omission: not with --mix chat");
    return chat;
}

void add_options(const app::Command& cli, Options& options, Texts& texts) {
    Plan& plan = options.plan;
    constexpr std::size_t kMostConnections = 1'000'000;

    cli.add_option("--target", texts.target, "Whom to hit: a host and a port, 127.0.0.1:7002");
    cli.add_option("--token-file", texts.token_file, "A file with the token that the last step wants");
    cli.add_option("--connections", plan.connections, "Connections that send requests")
        .range(std::size_t{0}, kMostConnections);
    cli.add_option("--pipeline", plan.pipeline, "Most requests in flight on each connection")
        .range(std::size_t{1}, std::size_t{1'000'000});
    cli.add_option("--duration", texts.duration, "How long requests are sent");
    cli.add_option("--requests", plan.requests, "End after this many requests; 0: when the time is over");
    cli.add_option("--rate", plan.rate,
                   "Open loop: requests a second over all connections, each with a time when it\n"
                   "is due, from which its latency counts; 0: closed loop")
        .range(0.0, 1e9);
    cli.add_option("--mix", texts.mix,
                   "What is sent: echo, events, reads:0.9 (events with 90 % balance queries), or ws\n"
                   "(frames published to the last step over WebSocket, a pipeline's in one message), or\n"
                   "chat (members of `station serve --chat`, who check that each saw each message once)");
    cli.add_option("--users", plan.users, "Users that the events name; 1 is a hot user")
        .range(std::size_t{1}, std::size_t{100'000'000});
    cli.add_flag("--buys-only", plan.buys_only, "Each event buys 1, so that a balance counts its user's events");
    cli.add_option("--payload,--size", plan.payload, "Bytes of an echo's line, or of a published event")
        .range(std::size_t{1}, std::size_t{16} << 20);
    cli.add_option("--topic", plan.topic, "What ws publishes to, made if need be").check(check_topic);
    cli.add_option("--subscribers", plan.subscribers,
                   "Further connections that get what ws publishes; each event must come once and\n"
                   "in order, and says how long it took (from 16 bytes on)")
        .range(std::size_t{0}, kMostConnections);
    cli.add_option("--ramp", texts.ramp, "Open the connections evenly over this time");
    cli.add_option("--hold", texts.hold, "Each connection sends one request, stays this long after the reply, leaves");
    cli.add_option("--idle", plan.idle, "Further connections that send nothing")
        .range(std::size_t{0}, kMostConnections);
    cli.add_option("--dribblers", plan.dribblers, "Further connections that send a line for ever, a byte a second")
        .range(std::size_t{0}, kMostConnections);
    cli.add_option("--patience", texts.patience, "Longest wait for the last replies");
    cli.add_option("--threads", plan.threads, "Threads of the load generator").range(std::size_t{1}, std::size_t{256});
    cli.add_option("--seed", plan.seed, "Seed of the random lines, users and amounts");
    cli.add_option("--json", options.json, "Write the plan and all that was seen to this file; - is standard output");
    cli.add_option("--html", options.html, "Write a page with graphs to this file; - is standard output");
    cli.add_flag("--fail-on-errors", options.fail_on_errors,
                 "Status 1 where a request was rejected (server_busy, shutting_down), too: other\n"
                 "errors, wrong replies and missing ones are status 1 anyway");
    cli.add_flag("--omission", options.omission,
                 "Open loop: show latencies from when requests were due beside those\n"
                 "from when they were sent");
}

}  // namespace

void fail_usage(const std::string& what) {
    std::fprintf(stderr, "loadgen: %s (see --help)\n", base::one_line(what).c_str());
    std::exit(kUsage);  // NOLINT(concurrency-mt-unsafe): no other thread runs yet
}

Options parse_options(int argc, char** argv) {
    Options options;
    Texts texts;
    app::CommandLine cli{"Loads a server that speaks lines over TCP, checks every reply, and says how it fared.",
                         "loadgen"};
    cli.show_defaults();
    add_options(cli, options, texts);
    talk::Plan chat;
    add_chat_options(cli, chat);
    if (const auto wrong = cli.parse(argc, argv)) fail_usage(*wrong);

    Plan& plan = options.plan;
    const bool is_chat = texts.mix == "chat";
    if (!is_chat && texts.target.empty()) fail_usage("--target is required");
    if (!is_chat || !texts.target.empty()) {
        const auto target = net::parse_endpoint(texts.target);
        if (!target) fail_usage("--target: expected a host and a port like 127.0.0.1:7002, got " + texts.target);
        plan.target = *target;
        chat.target = *target;
    }
    if (!texts.token_file.empty()) {
        const auto token = app::read_token_file(texts.token_file);
        if (!token) fail_usage("--token-file: " + token.error());
        plan.token = *token;
    }
    if (!is_chat && !parse_mix(texts.mix, plan)) {
        fail_usage("--mix: expected echo, events, ws, chat, or reads: and a share from 0 to 1, got " + texts.mix);
    }
    plan.duration = parse_time("--duration", texts.duration);
    plan.ramp = parse_time("--ramp", texts.ramp);
    plan.hold = parse_time("--hold", texts.hold);
    plan.patience = parse_time("--patience", texts.patience);
    if (plan.subscribers > 0 && plan.mix != Mix::ws) fail_usage("--subscribers: only --mix ws has them");
    if (std::isnan(plan.rate)) fail_usage("--rate: expected a number");
    if (is_chat) {
        options.chat = to_chat(std::move(chat), options);
        return options;
    }
    if (const std::string wrong = refuse_chat_options(cli); !wrong.empty()) fail_usage(wrong);
    if (options.omission && !plan.open_loop()) fail_usage("--omission: only an open loop can show it, so add --rate");
    return options;
}

}  // namespace station::hammer
