#include <loadgen/tour/loops.hpp>

#include <loadgen/draw/captions.hpp>
#include <loadgen/draw/percentiles.hpp>
#include <loadgen/draw/scale.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <thread>

namespace station::tour {
namespace {

using namespace std::chrono_literals;
using draw::Color;
using draw::Figure;
using draw::format_number;
using draw::LineChart;
using draw::Role;
using draw::with_unit;
using lesson::to_ms;

constexpr auto kDuration = 2s;
constexpr auto kUntilPause = 600ms;
constexpr auto kPause = 300ms;
constexpr double kRate = 4000;           // requests a second: a fifth of what one waiting client can get
constexpr std::size_t kConnections = 8;  // of the open loop, so that requests need not wait for a reply

double seconds_since(std::chrono::steady_clock::time_point then) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - then).count();
}

// Stops the server in the middle of the run, as a garbage collection, a slow disk or a busy neighbour would.
Loop run_with_pause(const lesson::Program& program, const hammer::Plan& plan) {
    auto server = lesson::start(program, {"--work", "none"});
    Loop loop;
    loop.result = lesson::hit(server, plan, [&](const auto&, hammer::Nanoseconds elapsed) {
        if (loop.paused > 0 || elapsed < kUntilPause) return;
        const auto begin = std::chrono::steady_clock::now();
        server.process.signal(SIGSTOP);
        std::this_thread::sleep_for(kPause);
        server.process.signal(SIGCONT);
        loop.paused = seconds_since(begin);
    });
    if (loop.paused == 0) throw lesson::CannotMeasure{"the run was over before the server was stopped"};
    loop.seconds = std::chrono::duration<double>(loop.result.elapsed).count();
    loop.rate = static_cast<double>(loop.result.replies.total()) / loop.seconds;
    return loop;
}

// What the pause alone would do. Open: all that falls due during it waits for the rest of it. Closed: the one request
// that is in flight waits for all of it.
draw::Series model_of(const Loop& loop, bool is_open, const std::vector<draw::Point>& measured) {
    draw::Series model{.name = {.kind = "what the pause alone does"}, .role = Role::model};
    const auto total = std::max(1.0, static_cast<double>(loop.result.replies.total()));
    const double usual = to_ms(loop.result.from_sending.percentile(50));
    const double share = is_open ? loop.paused / loop.seconds : 1 / total;
    constexpr double kSlack = 1e-9;  // a percent of a percent is rounded
    for (const auto& point : measured) {
        const double above = 1 - point.x / 100;  // the share of requests that wait longer
        const double wait = is_open ? (share - above) * loop.seconds * 1000 : loop.paused * 1000;
        model.points.push_back({point.x, above <= share + kSlack ? std::max(usual, wait) : usual});
    }
    return model;
}

struct Ends {
    double low = 0;
    double high = 0;
};

Ends ends_of(const std::vector<const metrics::Histogram*>& histograms) {
    double low = 1e9;
    double high = 0;
    for (const auto* const histogram : histograms) {
        low = std::min(low, to_ms(histogram->percentile(50)));
        high = std::max(high, to_ms(histogram->max()));
    }
    constexpr double kLeast = 1e-3;
    return {.low = std::pow(10, std::floor(std::log10(std::max(low / 2, kLeast)))),
            .high = std::pow(10, std::ceil(std::log10(std::max(high, 10 * kLeast))))};
}

LineChart empty_chart(const Ends& ends) {
    return {
        .x = {.label = "percentile", .unit = "%", .scale = draw::Scale::percentile},
        .y = {.label = "time to a reply", .unit = "ms", .scale = draw::Scale::log, .from = ends.low, .to = ends.high}};
}

double p99(const metrics::Histogram& histogram) { return to_ms(histogram.percentile(99)); }

std::string in_ms(double value) { return with_unit(value, "ms"); }

Figure closed_figure(const Loop& closed, const Ends& ends) {
    LineChart chart = empty_chart(ends);
    const auto points = draw::percentile_curve(closed.result.from_sending);
    chart.series = {{.name = {.kind = "counted from sending"}, .color = Color::orange, .points = points},
                    model_of(closed, false, points)};
    return {.id = "loops-closed",
            .title = "Closed loop: one client that waits for each reply",
            .about = "While the server stands still, this client waits, and asks nothing: one request meets the pause.",
            .chart = std::move(chart),
            .says = "99 of 100 replies within " + in_ms(p99(closed.result.from_sending)) + ", the worst after " +
                    in_ms(to_ms(closed.result.from_sending.max()))};
}

Figure open_figure(const Loop& open, const Ends& ends) {
    LineChart chart = empty_chart(ends);
    const auto points = draw::percentile_curve(open.result.latency);
    chart.series = {{.name = {.kind = "counted from when it was due"}, .color = Color::blue, .points = points},
                    {.name = {.kind = "counted from sending"},
                     .color = Color::orange,
                     .points = draw::percentile_curve(open.result.from_sending)},
                    model_of(open, true, points)};
    return {.id = "loops-open",
            .title = "Open loop: as many requests a second, whatever the replies do",
            .about =
                "Users don't know of each other's waiting. What falls due while the server stands still waits, too.",
            .chart = std::move(chart),
            .says = "99 of 100 replies within " + in_ms(p99(open.result.latency)) + ", the worst after " +
                    in_ms(to_ms(open.result.latency.max()))};
}

// Which share of the requests took longer than half of a pause of `seconds`.
double late_share(const metrics::Histogram& histogram, double seconds) {
    double late = 0;
    histogram.for_each_bucket([&](std::uint64_t highest, std::uint64_t count) {
        if (to_ms(highest) >= seconds * 500) late += static_cast<double>(count);
    });
    return late / std::max(1.0, static_cast<double>(histogram.count()));
}

std::string paragraph(const Loop& closed, const Loop& open) {
    constexpr double kKeptUp = 0.9;
    const std::string doubt = open.rate >= kKeptUp * closed.rate
                                  ? ""
                                  : " Here the open loop could not keep up with the rate at all, so a part of this is "
                                    "a machine that was busy "
                                    "with other things: measure again while nothing else runs.";
    const double hidden = p99(open.result.latency);
    const double shown = p99(closed.result.from_sending);
    return "The same server got " + format_number(closed.rate) +
           " requests a second from one client in a closed loop, which waits for each reply, and " +
           format_number(open.rate) + " a second in an open one. Both times it stood still once, for " +
           in_ms(1000 * closed.paused) + " and " + in_ms(1000 * open.paused) +
           ". The closed loop calls that a p99 of " + in_ms(shown) + ", the open one " + in_ms(hidden) + ", " +
           draw::times(hidden, shown) + " as much: there " +
           with_unit(100 * late_share(open.result.latency, open.paused), "%") +
           " of the requests waited for more than half of the pause, in the closed loop " +
           with_unit(100 * late_share(closed.result.from_sending, closed.paused), "%") +
           ". This is coordinated omission: a client that waits for the server stops asking just while the server is "
           "slow, and so leaves out of its figures the requests that would have waited. The open loop can make the "
           "same "
           "mistake, by starting its clock when a request is sent instead of when it was due: counted from sending, "
           "its "
           "p99 is " +
           in_ms(p99(open.result.from_sending)) + "." + doubt;
}

}  // namespace

Loops describe_loops(const Loop& closed, const Loop& open) {
    const Ends ends = ends_of({&closed.result.from_sending, &open.result.latency, &open.result.from_sending});
    return {
        .figures = {closed_figure(closed, ends), open_figure(open, ends)},
        .headline = "One pause of " + in_ms(1000 * open.paused) + ": the closed loop's p99 is " +
                    in_ms(p99(closed.result.from_sending)) + ", the open loop's " + in_ms(p99(open.result.latency)),
        .text = paragraph(closed, open),
        .commands = {"./dev run 4",
                     "build/bin/loadgen --target 127.0.0.1:7004 --connections 1 --rate 4000 --duration 5s --omission",
                     "build/bin/loadgen --target 127.0.0.1:7004 --connections 8 --rate 4000 --duration 5s --omission",
                     "# and meanwhile: kill -STOP PID; sleep 0.3; kill -CONT PID"}};
}

Loops measure_loops(const lesson::Program& program, lesson::Context& context) {
    context.progress("one pause, seen by a closed loop");
    const Loop closed = run_with_pause(program, {.connections = 1, .rate = kRate, .duration = kDuration});
    context.progress("one pause, seen by an open loop");
    const Loop open = run_with_pause(program, {.connections = kConnections, .rate = kRate, .duration = kDuration});
    return describe_loops(closed, open);
}

}  // namespace station::tour
