#include <loadgen/lesson/overlay.hpp>

#include <loadgen/lesson/experiments.hpp>
#include <loadgen/lesson/load.hpp>

namespace station::lesson {
namespace {

using namespace std::chrono_literals;
using draw::Axis;
using draw::Color;
using draw::Role;
using draw::Scale;

constexpr int kFirst = 4;
constexpr int kLast = 10;
constexpr double kLoads[] = {500, 1000, 2000, 4000, 8000, 12000};

struct Curves {
    draw::Series served;
    draw::Series p99;
    draw::Series rejected;
};

Curves measure_curves(int step, Context& context) {
    constexpr Color kColors[] = {Color::orange, Color::green, Color::red, Color::purple,
                                 Color::sky,    Color::grey,  Color::blue};
    const Color color = kColors[step - kFirst];
    const Program program = step_program(context.bin_dir, step);
    const draw::Series empty{.name = {.program = program.label}, .color = color};
    Curves curves{empty, empty, empty};
    for (const double load : kLoads) {
        context.progress("all steps: step " + std::to_string(step) + " under " + number(load) + " events/s");
        auto server = start(program, {"--work", "sleep:1ms", "--workers", "8", "--queue", "64"});
        const hammer::Plan plan{.connections = 64, .pipeline = 4, .rate = load, .duration = 700ms};
        const auto result = hit(server, plan);
        const Rates rates = steady_rates(result, plan.duration);
        curves.served.points.push_back({load, rates.served});
        curves.rejected.points.push_back({load, rates.rejected});
        curves.p99.points.push_back({load, to_ms(result.latency.percentile(99))});
    }
    return curves;
}

}  // namespace

Overlay measure_overlay(Context& context) {
    const double least = kLoads[0];
    const double most = std::end(kLoads)[-1];
    const Axis load{.label = "offered load",
                    .unit = "events/s",
                    .scale = Scale::log,
                    .ticks = {500, 1000, 2000, 4000, 8000, 12000}};
    draw::LineChart served{.x = load, .y = {.label = "taken and done", .unit = "events/s", .scale = Scale::log}};
    draw::LineChart p99{.x = load,
                        .y = {.label = "99th percentile of the time to a reply", .unit = "ms", .scale = Scale::log}};
    draw::LineChart rejected{.x = load, .y = {.label = "refused, server_busy", .unit = "events/s"}};
    for (int step = kFirst; step <= kLast; ++step) {
        Curves curves = measure_curves(step, context);
        served.series.push_back(std::move(curves.served));
        p99.series.push_back(std::move(curves.p99));
        rejected.series.push_back(std::move(curves.rejected));
    }
    served.series.push_back(
        {.name = {.kind = "all that is offered"}, .points = {{least, least}, {most, most}}, .role = Role::model});
    return {.figures =
                {{.id = "all-throughput",
                  .title = "Work done against the offered load",
                  .about = "Two families: one worker at a time (steps 4, 5 and 7) ends near 1,000 a second, eight at "
                           "once near 8,000. Step 6 is up there, too, with balances that are wrong.",
                  .chart = served,
                  .caption = draw::Caption::spans},
                 {.id = "all-latency",
                  .title = "Time to a reply against the offered load",
                  .about = "Step 4 has no way to say no: beyond its limit its replies fall behind without end. Step 8 "
                           "replies when the work is done, the others when it is queued.",
                  .chart = p99,
                  .caption = draw::Caption::spans},
                 {.id = "all-refusals",
                  .title = "Refusals against the offered load",
                  .about = "What can't be done is refused; the more workers, the later.",
                  .chart = rejected,
                  .caption = draw::Caption::spans}},
            .commands = {
                "./dev run 8 --work sleep:1ms --workers 8 --queue 64",
                "build/bin/loadgen --target 127.0.0.1:7008 --connections 64 --pipeline 4 --rate 4000 --duration 5s"}};
}

}  // namespace station::lesson
