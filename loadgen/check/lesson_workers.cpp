// Steps 6 to 8: many workers, their lost updates, one lock around everything, many locks.
#include <loadgen/check/lesson_verdict.hpp>
#include <loadgen/check/lessons.hpp>

#include <algorithm>

namespace station::lesson {
namespace {

using report::Color;
using report::Role;

constexpr double kMostWorkers = 8;

std::vector<std::string> commands(int step) {
    const std::string number = std::to_string(step);
    return {"./dev run " + number + " --work sleep:1ms --workers 8",
            "build/bin/loadgen --target 127.0.0.1:700" + number + " --connections 32 --pipeline 64 --rate 10000 --duration 5s"};
}

report::Series scaling_series(const std::string& label, Color color, const Scaling& seen) {
    return {.label = label, .color = color, .points = seen.throughput};
}

report::Figure scaling_figure(const std::string& id, const std::string& about, std::vector<report::Series> series) {
    report::LineChart chart{
        .x = {.label = "workers", .ticks = {1, 2, 4, 8}},
        .y = {.label = "throughput, with 1 ms of waiting an event", .unit = "events/s"}};
    const double alone = series.front().points.front().y;
    chart.series = std::move(series);
    chart.series.push_back({.label = "workers × one worker",
                            .points = {{1, alone}, {kMostWorkers, kMostWorkers * alone}},
                            .role = Role::model});
    return {.id = id, .title = "Throughput against workers", .about = about, .chart = chart};
}

report::BarChart::Bar hot_bar(const std::string& label, const HotUser& seen) {
    const double kept = std::max<double>(0, static_cast<double>(seen.balance));
    const double lost = std::max(0.0, seen.lost());
    return {.label = label,
            .values = {kept, lost},
            .expected = static_cast<double>(seen.processed),
            .note = lost > 0 ? number(lost) + " lost" : "none lost"};
}

report::Figure hot_figure(const std::string& id, const std::string& about, std::vector<report::BarChart::Bar> bars) {
    return {.id = id,
            .title = "Eight workers add 1 to the same balance",
            .about = about,
            .chart = report::BarChart{.value = {.label = "events processed"},
                                      .parts = {{.label = "in the balance", .color = Color::blue},
                                                {.label = "lost", .color = Color::red}},
                                      .bars = std::move(bars)}};
}

Finding loses_none(const std::string& id, const HotUser& seen) {
    return judge_gain({.id = id,
                       .title = "No update is lost",
                       .what = "updates lost, of " + number(static_cast<double>(seen.processed)),
                       .measured = seen.lost(),
                       .ratio = seen.lost() / std::max(1.0, static_cast<double>(seen.processed)),
                       .expected = "none",
                       .bound = counted(seen.lost() == 0 && seen.processed > 0),
                       .shown = "Reading, adding and writing happen under one lock, so nobody writes in between",
                       .cause = "Two workers read the same balance, both add, and one of them overwrites the other",
                       .next = "Hold the user's lock from the read to the write: steps/07_mutex_state/README.md"});
}

}  // namespace

void workers_lose_updates(Lesson& lesson, const Program& program, Context& context) {
    const Scaling& seen = scaling(context, program);
    const HotUser& hot = hot_user(context, program);
    const double times = seen.with(kMostWorkers) / seen.with(1);
    const auto processed = static_cast<double>(hot.processed);
    lesson.headline = number(times) + " times the throughput with 8 workers, and " + number(hot.lost()) +
                              " of " + number(processed) + " updates lost";
    lesson.commands = commands(6);
    lesson.findings.push_back(judge_gain({.id = "step06.workers-scale",
                                          .title = "Throughput grows with the workers",
                                          .what = "throughput with 8 workers",
                                          .measured = seen.with(kMostWorkers),
                                          .unit = "events/s",
                                          .ratio = times,
                                          .expected = "at least 6 times one worker's",
                                          .bound = at_least(times, 6),
                                          .shown = "Eight threads wait at the same time",
                                          .cause = "The workers do not work side by side",
                                          .next = "Take from the channel in as many threads as --workers says"}));
    lesson.findings.push_back(judge_pain({.id = "step06.updates-are-lost",
                                          .title = "And the balance is wrong",
                                          .what = "updates lost on one hot user, of " + number(processed),
                                          .measured = hot.lost(),
                                          .ratio = hot.lost() / std::max(1.0, processed),
                                          .expected = "more than none",
                                          .bound = counted(hot.lost() > 0),
                                          .shown = "Load, add and store are three steps, and another worker stores in between",
                                          .cause = "No update was lost",
                                          .next = "Nothing: this program is past step 6"}));
    lesson.figures = {scaling_figure("step06-scaling",
                                     "Each worker adds as much as the first one, since they only wait: for a database, say.",
                                     {scaling_series(program.label, Color::blue, seen)}),
                      hot_figure("step06-lost-updates",
                                 "What is blue arrived in the balance; what is red was processed, acknowledged, and "
                                 "overwritten by another worker.",
                                 {hot_bar(program.label, hot)})};
}

void one_lock(Lesson& lesson, const Program& program, Context& context) {
    const Program before = step_program(context.bin_dir, 6);
    const Scaling& racy = scaling(context, before);
    const Scaling& seen = scaling(context, program);
    const HotUser& racy_hot = hot_user(context, before);
    const HotUser& hot = hot_user(context, program);
    const double times = seen.with(kMostWorkers) / seen.with(1);
    lesson.headline = "The balances are right again, and 8 workers do " + number(times) + " times what one does";
    lesson.commands = commands(7);
    lesson.findings.push_back(judge_pain({.id = "step07.one-lock",
                                          .title = "Eight workers are no faster than one",
                                          .what = "throughput with 8 workers",
                                          .measured = seen.with(kMostWorkers),
                                          .unit = "events/s",
                                          .ratio = times,
                                          .expected = "under 1.5 times one worker's",
                                          .bound = at_most(times, 1.5),
                                          .shown = "The work is done under the one lock, so the workers stand in line for it",
                                          .cause = "The workers do not wait for one lock",
                                          .next = "Nothing: this program is past step 7"}));
    lesson.findings.push_back(loses_none("step07.no-update-is-lost", hot));
    lesson.figures = {scaling_figure("step07-scaling", "Right, and slow: one lock lets one worker work.",
                                     {scaling_series("step 6", Color::orange, racy),
                                      scaling_series(program.label, Color::blue, seen)}),
                      hot_figure("step07-lost-updates", "The same load on the same user: nothing is lost any more.",
                                 {hot_bar("step 6", racy_hot), hot_bar(program.label, hot)})};
}

void many_locks(Lesson& lesson, const Program& program, Context& context) {
    const Program six = step_program(context.bin_dir, 6);
    const Program seven = step_program(context.bin_dir, 7);
    const Scaling& racy = scaling(context, six);
    const Scaling& locked = scaling(context, seven);
    const Scaling& seen = scaling(context, program);
    const HotUser& hot = hot_user(context, program);
    const Reads& blocked = reads(context, seven);
    const Reads& free = reads(context, program);
    const double times = seen.with(kMostWorkers) / locked.with(kMostWorkers);
    lesson.headline = "A lock for each shard: " + number(times) + " times step 7, and still nothing is lost";
    lesson.commands = commands(8);
    lesson.findings.push_back(judge_gain({.id = "step08.shards-scale",
                                          .title = "Workers that mean different users no longer wait",
                                          .what = "throughput with 8 workers",
                                          .measured = seen.with(kMostWorkers),
                                          .unit = "events/s",
                                          .ratio = times,
                                          .expected = "at least 4 times step 7's",
                                          .bound = at_least(times, 4),
                                          .shown = "Two events wait for each other only where their users share a shard",
                                          .cause = "The workers wait for one lock, step 7's pain",
                                          .next = "Give each shard a lock of its own: steps/08_sharded_map/README.md"}));
    lesson.findings.push_back(loses_none("step08.no-update-is-lost", hot));
    lesson.findings.push_back(judge_gain({.id = "step08.reads-do-not-wait",
                                          .title = "A look at a balance no longer waits for all writers",
                                          .what = "p99 of balance queries while 8 workers write",
                                          .measured = free.p99,
                                          .unit = "ms",
                                          .ratio = free.p99 / blocked.p99,
                                          .expected = "under half of step 7's " + number(blocked.p99) + " ms",
                                          .bound = at_most(free.p99, blocked.p99 / 2),
                                          .shown = "A reader waits only for a writer of its own shard, and for no reader",
                                          .cause = "Readers wait for writers of other users",
                                          .next = "Lock only the shard of the user who is asked for"}));
    const report::BarChart waits{
        .value = {.label = "time to the reply", .unit = "ms"},
        .parts = {{.label = "median", .color = Color::sky}, {.label = "99th percentile, beyond the median", .color = Color::blue}},
        .bars = {{.label = "step 7", .values = {blocked.p50, blocked.p99 - blocked.p50}, .note = "p99 " + number(blocked.p99) + " ms"},
                 {.label = program.label, .values = {free.p50, free.p99 - free.p50}, .note = "p99 " + number(free.p99) + " ms"}}};
    lesson.figures = {
        scaling_figure("step08-scaling",
                       "Step 6 is fast and wrong, step 7 right and slow, step 8 right and fast.",
                       {scaling_series("step 6, wrong", Color::red, racy), scaling_series("step 7", Color::orange, locked),
                        scaling_series(program.label, Color::blue, seen)}),
        {.id = "step08-reads",
         .title = "Looking at a balance while eight workers write",
         .about = "With one lock, a look waits for the writers that hold it; with shards it mostly finds its lock free.",
         .chart = waits}};
}

}  // namespace station::lesson
