// Steps 6 to 8: many workers, their lost updates, one lock around everything, many locks.
#include <loadgen/lesson/experiments.hpp>
#include <loadgen/lesson/judge.hpp>

#include <algorithm>
#include <cmath>

namespace station::lesson {
namespace {

using draw::Color;
using draw::Role;

constexpr double kMostWorkers = 8;
// Events a second. One worker at a time does 1,000 at most, whatever else the machine is busy with: a ratio of two
// rates may be turned by noise, this can't be reached.
constexpr double kMoreThanOne = 1500;
// Events a second, of a thousand that even one worker can do.
constexpr double kHardlyAnything = 20;

std::vector<std::string> commands(int step) {
    const std::string number = std::to_string(step);
    return {"./dev run " + number + " --work sleep:1ms --workers 8",
            "build/bin/loadgen --target 127.0.0.1:700" + number +
                " --connections 32 --pipeline 64 --rate 10000 --duration 5s"};
}

draw::Series scaling_series(draw::Name name, Color color, const Scaling& seen) {
    return {.name = std::move(name), .color = color, .points = seen.throughput};
}

draw::Figure scaling_figure(const std::string& id, const std::string& about, std::vector<draw::Series> series) {
    draw::LineChart chart{.x = {.label = "workers", .ticks = {1, 2, 4, 8}},
                          .y = {.label = "throughput, with 1 ms of waiting an event", .unit = "events/s"}};
    const double alone = series.front().points.front().y;
    chart.series = std::move(series);
    chart.series.push_back({.name = {.kind = "workers × one worker"},
                            .points = {{1, alone}, {kMostWorkers, kMostWorkers * alone}},
                            .role = Role::model});
    return {.id = id,
            .title = "Throughput against workers",
            .about = about,
            .chart = chart,
            .caption = draw::Caption::scales_with_workers};
}

draw::BarChart::Bar hot_bar(draw::Name name, const HotUser& seen) {
    const double kept = std::max<double>(0, static_cast<double>(seen.balance));
    const double lost = std::max(0.0, seen.lost());
    return {.name = std::move(name),
            .values = {kept, lost},
            .expected = static_cast<double>(seen.processed),
            .note = lost > 0 ? number(lost) + " lost" : "none lost"};
}

draw::Figure hot_figure(const std::string& id, const std::string& about, std::vector<draw::BarChart::Bar> bars) {
    return {.id = id,
            .title = "Eight workers add 1 to the same balance",
            .about = about,
            .chart = draw::BarChart{.value = {.label = "events processed"},
                                    .parts = {{.label = "in the balance"},
                                              {.label = "lost", .meaning = draw::Meaning::loss}},
                                    .bars = std::move(bars)},
            .caption = draw::Caption::loses};
}

std::string arithmetic(const HotUser& seen) {
    return number(static_cast<double>(seen.processed)) + (seen.counted ? " processed" : " accepted") +
           " × 1 - balance " + number(static_cast<double>(seen.balance)) + " = " + number(seen.lost()) + " lost" +
           (seen.counted ? "" : " (this program prints no counts, so what it accepted counts as processed)");
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
                       .cause = arithmetic(seen) + ": two workers read the same balance, both add 1, and one of them "
                                                   "overwrites the other",
                       .next = "Hold the user's lock from the read to the write: steps/07_mutex_state/README.md"});
}

void judge_workers(Lesson& lesson, const Program& program, Context& context) {
    const Scaling& seen = scaling(context, program);
    const double times = seen.with(kMostWorkers) / seen.with(1);
    const bool stopped = seen.with(1) < kHardlyAnything && seen.with(kMostWorkers) < kHardlyAnything;
    lesson.headline = number(times) + " times the throughput with 8 workers";
    lesson.findings.push_back(judge_gain(
        {.id = "step06.workers-scale",
         .title = "Throughput grows with the workers",
         .what = "throughput with 8 workers",
         .measured = seen.with(kMostWorkers),
         .unit = "events/s",
         .ratio = times,
         .expected = "at least 6 times one worker's, and more than one can ever do",
         .bound = both(at_least(times, 6), at_least(seen.with(kMostWorkers), kMoreThanOne)),
         .shown = "Eight threads wait at the same time",
         .cause = seen.in_words() +
                  (stopped ? ": after a while nothing is done any more, because the workers are gone, or sleep for good"
                           : ": the workers do not work side by side; only one takes events out, or they hold a lock "
                             "while they work"),
         .next = stopped ? "Keep each worker in its loop until the channel has ended"
                         : "Take from the channel in as many threads as --workers says, and work with no lock held"}));
    lesson.figures.push_back(
        scaling_figure("step06-scaling",
                       "Each worker adds as much as the first one, since they only wait: for a database, say.",
                       {scaling_series(under_check(program), Color::blue, seen)}));
}

void judge_lost_updates(Lesson& lesson, const Program& program, Context& context) {
    const HotUser& hot = hot_user(context, program);
    const auto processed = static_cast<double>(hot.processed);
    lesson.headline +=
        (lesson.headline.empty() ? "" : ", and ") + number(hot.lost()) + " of " + number(processed) + " updates lost";
    lesson.findings.push_back(
        judge_pain({.id = "step06.updates-are-lost",
                    .title = "And the balance is wrong",
                    .what = "updates lost on one hot user, of " + number(processed),
                    .measured = hot.lost(),
                    .ratio = hot.lost() / std::max(1.0, processed),
                    .expected = "more than none",
                    .bound = by_chance(hot.lost() > 0),
                    .shown = arithmetic(hot) + ": load, add and store are three steps, and another "
                                               "worker stores in between",
                    .cause = "No update was lost",
                    .next = "Nothing: this program is past step 6"}));
    lesson.figures.push_back(
        hot_figure("step06-lost-updates",
                   "What is blue arrived in the balance; what is red was processed, acknowledged, and "
                   "overwritten by another worker.",
                   {hot_bar(under_check(program), hot)}));
}

void judge_one_lock(Lesson& lesson, const Program& program, Context& context) {
    const Scaling& seen = scaling(context, program);
    const double times = seen.with(kMostWorkers) / seen.with(1);
    lesson.headline = "The balances are right again, and 8 workers do " + number(times) + " times what one does";
    lesson.findings.push_back(
        judge_pain({.id = "step07.one-lock",
                    .title = "Eight workers are no faster than one",
                    .what = "throughput with 8 workers",
                    .measured = seen.with(kMostWorkers),
                    .unit = "events/s",
                    .ratio = times,
                    .expected = "under 1.5 times one worker's",
                    .bound = at_most(times, 1.5),
                    .shown = seen.in_words() + ": the work is done under the one lock, so the workers "
                                               "stand in line for it",
                    .cause = "The workers do not wait for one lock",
                    .next = "Nothing: this program is past step 7"}));
    std::vector<draw::Series> series;
    if (context.complete) {
        series.push_back(
            scaling_series(neighbour(6), Color::orange, scaling(context, step_program(context.bin_dir, 6))));
    }
    series.push_back(scaling_series(under_check(program), Color::blue, seen));
    lesson.figures.push_back(
        scaling_figure("step07-scaling", "Right, and slow: one lock lets one worker work.", series));
}

// Step 7's throughput with 8 workers; all the others' only where its curve is drawn.
Scaling before_shards(Context& context) {
    const Program seven = step_program(context.bin_dir, 7);
    if (context.complete) return scaling(context, seven);
    context.progress("step 7: 8 workers");
    return {.throughput = {{kMostWorkers, throughput(seven, static_cast<std::size_t>(kMostWorkers))}}};
}

// The time of eight events of eight users, who share a name's length or not, at 50 ms of work each; the best of three,
// in ms.
double eight_users(const Program& program, bool same_length) {
    auto server = start(program, {"--work", "sleep:50ms", "--workers", "8"});
    auto client = connect(server);
    double best = 1e9;
    for (int attempt = 0; attempt < 3; ++attempt) {
        std::string lines;
        for (std::size_t i = 0; i < 8; ++i) {
            const auto letter = static_cast<char>('a' + i);
            const std::string user = std::string(same_length ? 1 : i, 'x') + letter;
            lines += "{\"user\":\"" + user + "\",\"action\":\"buy\",\"amount\":1}\n";
        }
        const auto begin = std::chrono::steady_clock::now();
        client.send(lines, std::chrono::seconds{5});
        for (int i = 0; i < 8; ++i) client.read_line(std::chrono::seconds{5});
        best = std::min(best, to_ms(std::chrono::steady_clock::now() - begin));
    }
    return best;
}

struct Reason {
    std::string cause;
    std::string next;
};

// Asked only where shards do not scale: one lock for all looks like shards that all users share.
Reason why_not_sharded(const Program& program, Context& context) {
    context.progress(program.label + ": which users wait for each other");
    const double same = eight_users(program, true);
    const double different = eight_users(program, false);
    if (different < same / 2) {
        return {"users whose names are equally long wait for each other (eight of them took " + number(same) +
                    " ms, and eight with names of different lengths " + number(different) +
                    " ms): the shard is picked by the length",
                "Pick the shard by a hash of the whole name: state::StringHash"};
    }
    return {"all events wait for one lock that is held during the work (step 7's pain)",
            "Give each shard a lock of its own: steps/08_sharded_map/README.md"};
}

void judge_shards(Lesson& lesson, const Program& program, Context& context) {
    const Scaling locked = before_shards(context);
    const Scaling& seen = scaling(context, program);
    const double times = seen.with(kMostWorkers) / locked.with(kMostWorkers);
    const Bound bound = both(at_least(times, 4), at_least(seen.with(kMostWorkers), kMoreThanOne));
    const Reason why = bound.holds ? Reason{} : why_not_sharded(program, context);
    lesson.headline = "A lock for each shard: " + number(times) + " times step 7, and still nothing is lost";
    lesson.findings.push_back(
        judge_gain({.id = "step08.shards-scale",
                    .title = "Workers that mean different users no longer wait",
                    .what = "throughput with 8 workers",
                    .measured = seen.with(kMostWorkers),
                    .unit = "events/s",
                    .ratio = times,
                    .expected = "at least 4 times step 7's, and more than one worker can ever do",
                    .bound = bound,
                    .shown = "Two events wait for each other only where their users share a shard",
                    .cause = seen.in_words() + ", and step 7 " + number(std::round(locked.with(kMostWorkers))) +
                             " with 8: " + why.cause,
                    .next = why.next}));
    if (!context.complete) return;
    const Scaling& racy = scaling(context, step_program(context.bin_dir, 6));
    lesson.figures.push_back(scaling_figure("step08-scaling",
                                            "Step 6 is fast and wrong, step 7 right and slow, step 8 right and fast.",
                                            {scaling_series(neighbour(6, "wrong"), Color::red, racy),
                                             scaling_series(neighbour(7), Color::orange, locked),
                                             scaling_series(under_check(program), Color::blue, seen)}));
}

draw::Figure reads_figure(const Reads& blocked, const Reads& free, const Program& program) {
    const auto bar = [](draw::Name name, const Reads& seen) {
        return draw::BarChart::Bar{.name = std::move(name),
                                   .values = {seen.p50, seen.p99 - seen.p50},
                                   .note = "p99 " + number(seen.p99) + " ms"};
    };
    return {.id = "step08-reads",
            .title = "Looking at a balance while eight workers write",
            .about =
                "With one lock, a look waits for the writers that hold it; with shards it mostly finds its lock free.",
            .chart = draw::BarChart{.value = {.label = "time to the reply", .unit = "ms"},
                                    .parts = {{.label = "median", .meaning = draw::Meaning::base},
                                              {.label = "99th percentile, beyond the median"}},
                                    .bars = {bar(neighbour(7), blocked), bar(under_check(program), free)}}};
}

void judge_reads(Lesson& lesson, const Program& program, Context& context) {
    const Reads& blocked = reads(context, step_program(context.bin_dir, 7));
    const Reads& free = reads(context, program);
    lesson.findings.push_back(judge_gain(
        {.id = "step08.reads-do-not-wait",
         .title = "A look at a balance no longer waits for all writers",
         .what = "p99 of balance queries while 8 workers write",
         .measured = free.p99,
         .unit = "ms",
         .ratio = free.p99 / blocked.p99,
         .expected = "under half of step 7's " + number(blocked.p99) + " ms, and half of them within one event's work",
         .bound = both(at_most(free.p99, blocked.p99 / 2), at_most(free.p50, kWorkMs)),
         .shown = "A reader waits only for a writer of its own shard, and for no reader",
         .cause = "Half of the readers waited " + number(free.p50) + " ms and one in a hundred " + number(free.p99) +
                  " ms: they wait for writers of other users",
         .next = "Lock only the shard of the user who is asked for"}));
    lesson.figures.push_back(reads_figure(blocked, free, program));
}

}  // namespace

void workers_lose_updates(Lesson& lesson, const Program& program, Context& context) {
    lesson.commands = commands(6);
    if (context.wants({"step06.workers-scale"})) judge_workers(lesson, program, context);
    judge_ledger(lesson, program, context, "step06.keeps-working", "step06.each-once");
    if (context.wants({"step06.updates-are-lost"})) judge_lost_updates(lesson, program, context);
}

void one_lock(Lesson& lesson, const Program& program, Context& context) {
    lesson.commands = commands(7);
    if (context.wants({"step07.one-lock"})) judge_one_lock(lesson, program, context);
    if (context.wants({"step07.no-update-is-lost"})) {
        const HotUser& hot = hot_user(context, program);
        lesson.findings.push_back(loses_none("step07.no-update-is-lost", hot));
        if (!context.complete) return;
        const HotUser& racy = hot_user(context, step_program(context.bin_dir, 6));
        lesson.figures.push_back(hot_figure("step07-lost-updates",
                                            "The same load on the same user: nothing is lost any more.",
                                            {hot_bar(neighbour(6), racy), hot_bar(under_check(program), hot)}));
    }
}

void many_locks(Lesson& lesson, const Program& program, Context& context) {
    lesson.commands = commands(8);
    if (context.wants({"step08.shards-scale"})) judge_shards(lesson, program, context);
    if (context.wants({"step08.no-update-is-lost"})) {
        lesson.findings.push_back(loses_none("step08.no-update-is-lost", hot_user(context, program)));
    }
    if (context.wants({"step08.reads-do-not-wait"})) judge_reads(lesson, program, context);
    judge_order(lesson, program, context);
}

}  // namespace station::lesson
