// The last step: durable before it is acknowledged, live to all who listen, and none the worse for a kill -9.
#include <loadgen/lesson/crash_trial.hpp>
#include <loadgen/lesson/experiments.hpp>
#include <loadgen/lesson/judge.hpp>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace station::lesson {
namespace {

using namespace std::chrono_literals;
using draw::Color;

constexpr std::size_t kSubscribers = 50;
constexpr double kRates[] = {500, 1000, 2000, 4000};
constexpr double kJudgedRate = 1000;

// A folder of its own, which goes with this.
class DataFolder {
  public:
    explicit DataFolder(const std::string& parent) {
        std::error_code error;
        std::filesystem::create_directories(parent, error);
        std::string name = parent + "/station-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) {
            throw CannotMeasure{"no folder in " + parent + ": " + std::generic_category().message(errno)};
        }
        path_ = name;
    }
    DataFolder(const DataFolder&) = delete;
    DataFolder& operator=(const DataFolder&) = delete;
    ~DataFolder() {
        std::error_code error;
        std::filesystem::remove_all(path_, error);
    }
    std::string operator/(const char* name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

hammer::Plan publishing(const Station& station, std::size_t connections, std::size_t pipeline) {
    hammer::Plan plan;
    plan.target = station.web;
    plan.connections = connections;
    plan.pipeline = pipeline;
    plan.duration = 1200ms;
    plan.mix = hammer::Mix::ws;
    plan.payload = 128;
    return plan;
}

hammer::Result checked(const hammer::Plan& plan) {
    auto result = hammer::run(plan);
    const bool wrong = result.replies.total() == 0 || result.missing > 0 || result.unexpected > 0 ||
                       result.replies.mismatched > 0 || result.connect_failures > 0;
    if (wrong) throw CannotMeasure{"publishing went wrong: " + result.first_error};
    return result;
}

struct Publishing {
    double one = 0;                                     // events/s
    double many = 0;                                    // one connection, 1,000 in flight
    double clients = 0;                                 // 64 connections, one in flight each
    double one_p99 = 0, many_p99 = 0, clients_p99 = 0;  // ms
};

Publishing measure_publishing(const Station& station, Context& context) {
    Publishing seen;
    const auto measure = [&](const char* what, std::size_t connections, std::size_t pipeline, double& rate,
                             double& p99) {
        context.progress(std::string{"the station: durable publishing, "} + what);
        const auto plan = publishing(station, connections, pipeline);
        const auto result = checked(plan);
        rate = steady_rates(result, plan.duration).served;
        p99 = to_ms(result.latency.percentile(99));
    };
    measure("one in flight", 1, 1, seen.one, seen.one_p99);
    measure("1,000 in flight", 1, 1000, seen.many, seen.many_p99);
    measure("64 connections", 64, 1, seen.clients, seen.clients_p99);
    return seen;
}

struct FanOut {
    draw::Series p50{.name = {.kind = "half of all deliveries"}, .color = Color::sky};
    draw::Series p99{.name = {.kind = "99 of 100"}, .color = Color::blue};
    double faults = 0;      // events that did not come, came twice, or in another order, at any rate
    double deliveries = 0;  // a second, at the judged rate
    double judged = 0;      // ms, p99 from publish to delivery
    double publisher = 0;   // ms, p99 from publish to acknowledgement, in the same run
};

FanOut measure_fan_out(const Station& station, Context& context) {
    FanOut seen;
    for (const double rate : kRates) {
        context.progress("the station: " + number(rate) + " events/s to 50 subscribers");
        auto plan = publishing(station, 2, 100);
        plan.rate = rate;
        plan.subscribers = kSubscribers;
        plan.topic = "fan-out-" + std::to_string(static_cast<int>(rate));
        plan.duration = 1000ms;
        const auto result = checked(plan);
        const auto& got = result.deliveries;
        seen.faults += static_cast<double>(got.missing + got.repeated + got.failed);
        seen.p50.points.push_back({rate, to_ms(got.latency.percentile(50))});
        seen.p99.points.push_back({rate, to_ms(got.latency.percentile(99))});
        if (rate != kJudgedRate) continue;
        seen.deliveries = got.rate();
        seen.judged = to_ms(got.latency.percentile(99));
        seen.publisher = to_ms(result.latency.percentile(99));
    }
    return seen;
}

Finding judge_crash(const CrashTrial& trial) {
    const Verification& seen = trial.witnessed;
    const bool load_is_there = trial.load_found >= trial.load_acknowledged;
    return judge_gain({.id = "final.kill-loses-nothing",
                       .title = "kill -9 in the middle of a load loses nothing that was acknowledged",
                       .what = "lost, doubled or out of order, of " +
                               number(seen.acknowledged + trial.load_acknowledged) + " acknowledged",
                       .measured = seen.lost() + seen.repeated + seen.disordered +
                                   std::max(0.0, trial.load_acknowledged - trial.load_found),
                       .ratio = seen.lost() / std::max(1.0, seen.acknowledged),
                       .expected = "none: each once, at its offset, in order",
                       .bound = counted(seen.holds() && seen.acknowledged > 0 && load_is_there),
                       .shown = "An event is on disk before it is acknowledged, and recovery keeps all that is whole",
                       .cause = "Something was acknowledged before it was safe, or recovery threw it away",
                       .next = "Run tests/crash/server_test.py, which prints a seed to repeat it with"});
}

Finding judge_grouping(const Publishing& seen) {
    return judge_gain({.id = "final.group-commit",
                       .title = "Events that wait together share one sync",
                       .what = "durable events with 1,000 in flight",
                       .measured = seen.many,
                       .unit = "events/s",
                       .ratio = seen.many / seen.one,
                       .expected = "at least 20 times what one in flight gets",
                       .bound = at_least(seen.many, 20 * seen.one),
                       .shown = "The writer takes all that waits, writes it once, syncs once, and answers all of it",
                       .cause = "Each event pays for a sync of its own",
                       .next = "Look at station_synced_events_total and station_syncs_total in /metrics"});
}

Finding judge_clients(const Publishing& seen) {
    return judge_gain({.id = "final.many-clients",
                       .title = "Clients that wait for each acknowledgement don't wait for each other's syncs",
                       .what = "durable events of 64 clients, one in flight each",
                       .measured = seen.clients,
                       .unit = "events/s",
                       .ratio = seen.clients / seen.one,
                       .expected = "at least 8 times what one client gets",
                       .bound = at_least(seen.clients, 8 * seen.one),
                       .shown = "Group commit works across connections, too",
                       .cause = "Connections are synced one after another",
                       .next = "Look at station_synced_events_total and station_syncs_total in /metrics"});
}

Finding judge_delivery(const FanOut& seen) {
    return judge_gain({.id = "final.live-to-all",
                       .title = "Every subscriber gets every event, once and in order",
                       .what = "missing, doubled or out of order, at 50 live subscribers",
                       .measured = seen.faults,
                       .ratio = seen.faults / std::max(1.0, seen.deliveries),
                       .expected = "none",
                       .bound = counted(seen.faults == 0 && seen.deliveries > 0),
                       .shown = "Each subscriber is a position in the same log, and sleeps at its end",
                       .cause = "A seam between what is stored and what is live",
                       .next = "build/bin/loadgen --mix ws --subscribers 50 says which offset came out of order"});
}

Finding judge_delay(const FanOut& seen) {
    return judge_gain({.id = "final.live-is-live",
                       .title = "A live event reaches 50 subscribers about when its publisher hears that it is durable",
                       .what = "99th percentile from publish to delivery, 50 subscribers, 1,000 events/s",
                       .measured = seen.judged,
                       .unit = "ms",
                       .ratio = seen.judged / seen.publisher,
                       .expected = "at most 4 times the publisher's own",
                       .bound = at_most(seen.judged, 4 * seen.publisher),
                       .shown = "One mark moves, and all who sleep at the log's end read the same pages",
                       .cause = "Deliveries wait for each other",
                       .next = "Look at station_fanout_seconds in /metrics"});
}

draw::Figure publishing_figure(const Publishing& seen) {
    const auto bar = [](const std::string& kind, double rate, double p99) {
        return draw::BarChart::Bar{.name = {.kind = kind},
                                   .values = {rate},
                                   .note = number(rate) + "/s, p99 " + number(p99) + " ms"};
    };
    return {.id = "final-publishing",
            .title = "Durable events a second",
            .about = "Each of them was on disk before its acknowledgement. What waits together shares a sync.",
            .chart = draw::BarChart{.value = {.label = "events acknowledged", .unit = "events/s"},
                                    .parts = {{.label = "durable"}},
                                    .bars = {bar("1 client, 1 in flight", seen.one, seen.one_p99),
                                             bar("64 clients, 1 in flight", seen.clients, seen.clients_p99),
                                             bar("1 client, 1,000 in flight", seen.many, seen.many_p99)}}};
}

draw::Figure fan_out_figure(const FanOut& seen) {
    return {.id = "final-fan-out",
            .title = "From publish to delivery, 50 live subscribers",
            .about = "All of it is stored first; each subscriber has a cursor of its own, and checks every offset.",
            .chart = draw::LineChart{.x = {.label = "published",
                                           .unit = "events/s",
                                           .scale = draw::Scale::log,
                                           .ticks = {500, 1000, 2000, 4000}},
                                     .y = {.label = "time to delivery", .unit = "ms", .scale = draw::Scale::log},
                                     .series = {seen.p99, seen.p50}}};
}

draw::Figure crash_figure(const CrashTrial& trial) {
    double most = 0;
    for (const auto& point : trial.rate) most = std::max(most, point.y);
    return {
        .id = "final-crash",
        .title = "kill -9 at " + number(trial.killed_at) + " s, listening again " +
                 number(1000 * (trial.back_at - trial.killed_at)) + " ms after its start",
        .about = "Acknowledged events of four publishers with 100 in flight each. Both starts read the log first.",
        .chart =
            draw::LineChart{.x = {.label = "time", .unit = "s"},
                            .y = {.label = "acknowledged", .unit = "events/s"},
                            .series = {{.name = {.kind = "acknowledged"}, .color = Color::blue, .points = trial.rate},
                                       {.name = {.kind = "killed"},
                                        .color = Color::red,
                                        .points = {{trial.killed_at, 0}, {trial.killed_at, most}},
                                        .role = draw::Role::limit}}},
        .caption = draw::Caption::none};
}

draw::Figure found_figure(const CrashTrial& trial) {
    const auto bar = [](const std::string& kind, double acknowledged, double found) {
        const double lost = std::max(0.0, acknowledged - found);
        return draw::BarChart::Bar{.name = {.kind = kind},
                                   .values = {std::min(found, acknowledged), lost},
                                   .expected = acknowledged,
                                   .note = lost > 0 ? number(lost) + " lost" : "none lost"};
    };
    return {.id = "final-found",
            .title = "Acknowledged before kill -9, found after it",
            .about = "The witnesses know every event and its offset; of the publishers' topic the length is compared.",
            .chart =
                draw::BarChart{.value = {.label = "events acknowledged"},
                               .parts = {{.label = "found again"}, {.label = "lost", .meaning = draw::Meaning::loss}},
                               .bars = {bar("witnesses", trial.witnessed.acknowledged, trial.witnessed.found),
                                        bar("publishers", trial.load_acknowledged, trial.load_found)}},
            .caption = draw::Caption::loses};
}

}  // namespace

void durable_station(Lesson& lesson, const Program& program, Context& context) {
    lesson.commands = {
        "./dev run final",
        "build/bin/loadgen --target 127.0.0.1:9000 --mix ws --connections 1 --pipeline 1000 --size 128",
        "build/bin/loadgen --target 127.0.0.1:9000 --mix ws --rate 1000 --connections 2 --subscribers 50",
        "# and kill -9 on the server while it runs, ./dev run final again, then",
        "build/bin/station replay --server 127.0.0.1:9000 --topic loadgen"};
    const DataFolder folder{context.data_dir};
    context.progress(program.label + ": kill -9 under load, and what is found after it");
    const CrashTrial trial = crash_under_load(context.bin_dir, folder / "crash");
    lesson.findings.push_back(judge_crash(trial));
    lesson.headline =
        "Killed in the middle of a load: " + number(trial.witnessed.acknowledged + trial.load_acknowledged) +
        " events acknowledged, " + number(lesson.findings.front().measured) + " lost";

    Station station = start_station(context.bin_dir, folder / "data");
    const Publishing publishing_seen = measure_publishing(station, context);
    lesson.findings.push_back(judge_grouping(publishing_seen));
    lesson.findings.push_back(judge_clients(publishing_seen));
    const FanOut fan_out = measure_fan_out(station, context);
    lesson.findings.push_back(judge_delivery(fan_out));
    lesson.findings.push_back(judge_delay(fan_out));
    lesson.figures = {found_figure(trial), crash_figure(trial), publishing_figure(publishing_seen),
                      fan_out_figure(fan_out)};
}

}  // namespace station::lesson
