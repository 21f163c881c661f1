// Steps 4 and 5: work inside the task makes everybody wait; a bounded channel says no instead.
#include <loadgen/lesson/experiments.hpp>
#include <loadgen/lesson/judge.hpp>

#include <algorithm>
#include <cmath>

namespace station::lesson {
namespace {

using namespace std::chrono_literals;
using draw::Color;
using draw::Role;

constexpr std::size_t kMostClients = 64;
constexpr double kCapacity = 1000;  // events a second that one thread can do at 1 ms each
// Replies of the repository's own step 5 usually take a twentieth of what they may: from a quarter on it is the
// machine.
constexpr double kMuchInHand = 0.25;

// What came of an open-loop load.
struct Offered {
    double offered = 0;  // events/s
    double served = 0;
    double rejected = 0;
    double p99 = 0;  // ms, from when a request was due
};

// Where only the verdict is wanted, the heaviest load is enough.
std::vector<Offered> offer(const Program& program, Context& context) {
    std::vector<Offered> seen;
    for (const double times : {0.5, 0.8, 1.2, 2.0, 3.0}) {
        if (times < 3 && !context.complete) continue;
        context.progress(program.label + ": " + number(times) + " times what one thread can do");
        // A short queue: a long one would take seconds to fill, and hide the refusals for as long.
        auto server = start(program, {"--work", "cpu:1ms", "--queue", "64"});
        const hammer::Plan plan{.connections = kMostClients, .rate = times * kCapacity, .duration = 1200ms};
        const auto result = hit(server, plan);
        const auto rates = steady_rates(result, plan.duration);
        seen.push_back({plan.rate, rates.served, rates.rejected, to_ms(result.latency.percentile(99))});
    }
    return seen;
}

template <typename Value>
draw::Series series_of(draw::Name name, Color color, const std::vector<Offered>& seen, Value value) {
    draw::Series series{.name = std::move(name), .color = color};
    for (const Offered& one : seen) series.points.push_back({one.offered, value(one)});
    return series;
}

draw::Figure refusals_figure(const std::vector<Offered>& seen) {
    const double most = seen.back().offered;
    draw::LineChart chart{.x = {.label = "offered load", .unit = "events/s"},
                          .y = {.label = "answered", .unit = "replies/s"}};
    chart.series = {
        series_of({.kind = "accepted"}, Color::blue, seen, [](const Offered& one) { return one.served; }),
        series_of({.kind = "rejected, server_busy"}, Color::red, seen, [](const Offered& one) { return one.rejected; }),
        {.name = {.kind = "what one thread can do"},
         .points = {{0, 0}, {kCapacity, kCapacity}, {most, kCapacity}},
         .role = Role::model},
        {.name = {.kind = "the rest"}, .points = {{kCapacity, 0}, {most, most - kCapacity}}, .role = Role::model}};
    return {.id = "step05-refusals",
            .title = "Accepted and rejected against the offered load",
            .about =
                "Up to 1,000 events a second all are taken. What comes beyond that is refused, at once and in words.",
            .chart = chart,
            .caption = draw::Caption::refuses};
}

draw::Figure latency_figure(const std::vector<Offered>& before, const std::vector<Offered>& seen,
                            const Program& program) {
    draw::LineChart chart{.x = {.label = "offered load", .unit = "events/s"},
                          .y = {.label = "99th percentile of the time to a reply",
                                .unit = "ms",
                                .scale = draw::Scale::log}};
    chart.series = {series_of(neighbour(4), Color::orange, before, [](const Offered& one) { return one.p99; }),
                    series_of(under_check(program), Color::blue, seen, [](const Offered& one) { return one.p99; })};
    return {.id = "step05-latency",
            .title = "Time to a reply under the same loads",
            .about =
                "Beyond what one thread can do, step 4 falls behind without end; step 5 answers as fast as ever. "
                "Latency counts from when a request was due.",
            .chart = chart};
}

// Resident memory while far more is offered than can be done.
struct Memory {
    std::vector<draw::Point> at;  // s, MiB
    double growth = 0;            // MiB, from the second second to the end
    double refused = 0;           // events that an unbounded queue would hold at the end
    double accepted = 0;

    std::string curve() const;  // "6.1 MiB after 1 s, 9.3 after 2 s, 12.4 after 3 s"
};

std::string Memory::curve() const {
    std::string text;
    double next = 1;
    for (const draw::Point& point : at) {
        if (point.x < next) continue;
        text += (text.empty() ? "" : ", ") + number(point.y) + (text.empty() ? " MiB" : "") + " after " +
                number(std::floor(point.x)) + " s";
        next = std::floor(point.x) + 1;
    }
    return text;
}

Memory measure_memory(const Program& program, Context& context) {
    context.progress(program.label + ": memory under 30 times the load it can do");
    auto server = start(program, {"--work", "sleep:1ms"});
    Memory memory;
    const auto look = [&](double at) {
        memory.at.push_back({at, static_cast<double>(server.process.resident_bytes()) / (1 << 20)});
    };
    look(0);
    const hammer::Plan plan{.connections = 32, .pipeline = 64, .rate = 30'000, .duration = 4s};
    const auto result =
        hit(server, plan, [&](const auto&, hammer::Nanoseconds elapsed) { look(to_ms(elapsed) / 1000); });
    const auto settled =
        std::find_if(memory.at.begin(), memory.at.end(), [](const draw::Point& point) { return point.x >= 1; });
    if (settled == memory.at.end()) throw CannotMeasure{"the load ended within a second"};
    memory.growth = memory.at.back().y - settled->y;
    memory.refused = static_cast<double>(result.replies.server_busy);
    memory.accepted = static_cast<double>(result.replies.accepted + result.replies.ok);
    return memory;
}

draw::Figure memory_figure(const Memory& memory) {
    // A string, an action, an amount, and what the allocator and the queue add.
    constexpr double kBytesOfAnEvent = 96;
    const double last = memory.at.back().x;
    const double begin = memory.at.front().y;
    const double unbounded = memory.refused * kBytesOfAnEvent / (1 << 20);
    draw::LineChart chart{.x = {.label = "time", .unit = "s"}, .y = {.label = "resident memory", .unit = "MiB"}};
    chart.series = {{.name = {.kind = "measured"}, .color = Color::blue, .points = memory.at},
                    {.name = {.kind = "an unbounded queue"},
                     .points = {{0, begin}, {last, begin + unbounded}},
                     .role = Role::model}};
    return {.id = "step05-memory",
            .title = "Memory while 30,000 events a second are offered",
            .about =
                "The line is flat: what does not fit in the queue is refused. The dashed line is what a queue without "
                "a bound would need.",
            .chart = chart,
            .caption = draw::Caption::grows_with_time};
}

void judge_refusals(Lesson& lesson, double crowded, const Offered& seen) {
    lesson.findings.push_back(
        judge_gain({.id = "step05.replies-stay-fast",
                    .title = "Overload no longer slows the replies",
                    .what = "p99 at three times the load",
                    .measured = seen.p99,
                    .unit = "ms",
                    .ratio = seen.p99 / crowded,
                    .expected = "under a fifth of step 4's " + number(crowded) + " ms",
                    .bound = at_most(seen.p99, crowded / 5, kMuchInHand),
                    .shown = "The coroutine only takes in; the work waits in a queue, and another thread does it",
                    .cause = "Replies wait for the work: it is still done where the replies are made, step 4's pain",
                    .next = "Hand the event to a channel and reply at once: steps/05_bounded_channel/README.md"}));
    lesson.findings.push_back(
        judge_gain({.id = "step05.says-no",
                    .title = "What can't be done is refused, in words",
                    .what = "refusals at three times the load",
                    .measured = seen.rejected,
                    .unit = "events/s",
                    .ratio = seen.rejected / (2 * kCapacity),
                    .expected = "about two thirds of what was offered",
                    .bound = at_least(seen.rejected, kCapacity),
                    .shown = "A full queue is an answer: backpressure",
                    .cause = "Of " + number(seen.offered) + " events a second one thread can do " + number(kCapacity) +
                             ", and " + number(seen.rejected) + " were refused: the others wait somewhere",
                    .next = "Bound the queue, and answer server_busy when it is full"}));
}

void judge_memory(Lesson& lesson, const Memory& memory) {
    lesson.findings.push_back(
        judge_gain({.id = "step05.memory-is-flat",
                    .title = "Memory stays flat for as long as the load lasts",
                    .what = "growth over three seconds of 30 times the load",
                    .measured = memory.growth,
                    .unit = "MiB",
                    .ratio = memory.growth / memory.at.back().y,
                    .expected = "under 2 MiB",
                    .bound = counted(memory.growth < 2),
                    .shown = "The queue has a bound, and so has the memory",
                    .cause = "It grows with what is offered: " + memory.curve() + ", while " + number(memory.accepted) +
                             " events were accepted and some 4,000 could be done: a queue without a bound",
                    .next = "Find what holds the events that are not done yet, and bound it"}));
    lesson.figures.push_back(memory_figure(memory));
}

void judge_waiting(Lesson& lesson, const Program& program, Context& context) {
    draw::Series measured{.name = {.kind = "99th percentile"}};
    draw::Series model{.name = {.kind = "clients × 1 ms"}, .role = Role::model};
    for (std::size_t clients = context.complete ? 1 : kMostClients; clients <= kMostClients; clients *= 2) {
        const auto x = static_cast<double>(clients);
        measured.points.push_back({x, latency(context, program, clients).p99});
        model.points.push_back({x, x * kWorkMs});
    }
    const double p99 = measured.points.back().y;
    lesson.headline = "With 64 clients a piece of work of 1 ms takes " + number(p99) + " ms";
    lesson.findings.push_back(
        judge_pain({.id = "step04.everybody-waits",
                    .title = "Asynchronous is not parallel",
                    .what = "p99 with 64 clients",
                    .measured = p99,
                    .unit = "ms",
                    .ratio = p99 / kWorkMs,
                    .expected = "about 64 times one event's work, at least 30",
                    .bound = at_least(p99, 30 * kWorkMs),
                    .shown = "One thread does the work of all clients, so each waits for all others",
                    .cause = "Clients do not wait for the work of others",
                    .next = "Nothing: this program is past step 4"}));
    draw::LineChart chart{
        .x = {.label = "clients at once", .unit = "", .scale = draw::Scale::log, .ticks = {1, 2, 4, 8, 16, 32, 64}},
        .y = {.label = "time to a reply", .unit = "ms"}};
    chart.series = {measured, model};
    lesson.figures.push_back(
        {.id = "step04-latency",
         .title = "Time to a reply against clients",
         .about = "Twice the clients, twice the wait: the coroutine that works does not give the thread "
                  "away, so all others stand in line behind it.",
         .chart = chart,
         .caption = draw::Caption::grows_with_clients});
}

}  // namespace

void everybody_waits(Lesson& lesson, const Program& program, Context& context) {
    lesson.commands = {"./dev run 4 --work cpu:1ms",
                       "build/bin/loadgen --target 127.0.0.1:7004 --connections 64 --duration 5s"};
    if (context.wants({"step04.everybody-waits"})) judge_waiting(lesson, program, context);
    judge_task(lesson, program, context);
}

void overload_is_refused(Lesson& lesson, const Program& program, Context& context) {
    lesson.commands = {"./dev run 5 --work cpu:1ms --queue 64",
                       "build/bin/loadgen --target 127.0.0.1:7005 --connections 64 --rate 3000 --duration 5s"};
    if (context.wants({"step05.replies-stay-fast", "step05.says-no"})) {
        const Program before = step_program(context.bin_dir, 4);
        const double crowded = latency(context, before, kMostClients).p99;
        const auto slow = context.complete ? offer(before, context) : std::vector<Offered>{};
        const auto seen = offer(program, context);
        lesson.headline = "Three times the load it can do: replies within " + number(seen.back().p99) + " ms, " +
                          number(seen.back().rejected) + " refusals a second";
        judge_refusals(lesson, crowded, seen.back());
        lesson.figures = {refusals_figure(seen), latency_figure(slow, seen, program)};
    }
    if (context.wants({"step05.memory-is-flat"})) judge_memory(lesson, measure_memory(program, context));
    judge_ledger(lesson, program, context, "step05.catches-up", "step05.each-once");
}

}  // namespace station::lesson
