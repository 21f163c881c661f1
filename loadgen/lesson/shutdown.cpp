// Steps 9 and 10: what counting costs, what Ctrl+C costs, and how to leave without losing anything.
#include <loadgen/lesson/counting_cost.hpp>
#include <loadgen/lesson/experiments.hpp>
#include <loadgen/lesson/judge.hpp>

#include <algorithm>
#include <csignal>

namespace station::lesson {
namespace {

using namespace std::chrono_literals;

constexpr double kDeadline = 4;  // s, given as --drain-timeout
constexpr const char* kDrainTimeout = "4s";
constexpr double kQueuedSeconds = 0.13;  // 1,024 events of 1 ms, eight at a time

draw::BarChart::Bar end_bar(draw::Name name, const Interrupted& seen) {
    const double lost = std::max(0.0, seen.lost());
    return {.name = std::move(name),
            .values = {std::min(seen.processed, seen.accepted), lost},
            .expected = seen.accepted,
            .note = lost > 0 ? number(lost) + " lost" : "none lost"};
}

draw::Figure end_figure(const std::string& id, const std::string& about, std::vector<draw::BarChart::Bar> bars) {
    return {.id = id,
            .title = "Accepted against processed, after Ctrl+C under load",
            .about = about,
            .chart = draw::BarChart{.value = {.label = "events accepted"},
                                    .parts = {{.label = "processed"},
                                              {.label = "accepted, then lost", .meaning = draw::Meaning::loss}},
                                    .bars = std::move(bars)},
            .caption = draw::Caption::loses};
}

// Processor time that the server takes for an event that costs nothing but its way in and out, in ns.
double event_cost(const Program& program) {
    auto server = start(program, {"--work", "none", "--workers", "8"});
    const auto before = server.process.cpu_time();
    const auto result = hit(server, {.connections = 32, .pipeline = 16, .duration = 1200ms});
    const auto used = server.process.cpu_time() - before;
    const auto served = static_cast<double>(result.replies.accepted + result.replies.ok);
    return static_cast<double>(used.count()) / std::max(1.0, served);
}

draw::Figure cost_figure(const CountingCost& cost, double event, const Program& program) {
    const auto bar = [&](draw::Name name, double each) {
        return draw::BarChart::Bar{.name = std::move(name),
                                   .values = {each},
                                   .note = number(each) + " ns, " + number(100 * each / event) + " %"};
    };
    return {.id = "step09-counting",
            .title = "What it costs to count an event, at worst",
            .about = "Processor time where eight threads do nothing but count, and its share of the " +
                     number(event / 1000) +
                     " µs that step 8 takes for an event. Under a lock they wait for each other.",
            .chart = draw::BarChart{.value = {.label = "processor time to count one event", .unit = "ns"},
                                    .parts = {{.label = "counting"}},
                                    .bars = {bar(neighbour(8, "one lock"), cost.locked),
                                             bar(under_check(program, "atomics"), cost.atomic)}}};
}

// Not held against the lock's: threads that wait for a lock sleep, and where two processors are all there are, that is
// sometimes the cheaper way to get nothing done.
void judge_counting(Lesson& lesson, const CountingCost& cost, double event, const Program& program) {
    lesson.findings.push_back(
        judge_gain({.id = "step09.counting-is-cheap",
                    .title = "Counting with atomics costs next to nothing",
                    .what = "counting, of the processor time of an event",
                    .measured = 100 * cost.atomic / event,
                    .unit = "%",
                    .ratio = cost.atomic / event,
                    .expected = "under 3 % of step 8's work",
                    .bound = at_most(cost.atomic, 0.03 * event),
                    .shown = "An atomic add is one instruction on a cache line of its own, and nobody waits",
                    .cause = "The counters share a cache line, or a lock",
                    .next = "Give each counter a line of its own, and count with relaxed or release order"}));
    lesson.figures.push_back(cost_figure(cost, event, program));
}

// Events a second with 8 workers, of both programs in turn.
struct Pair {
    double before = 0;
    double now = 0;
};

Pair take_turns(const Program& before, const Program& program, Context& context) {
    std::vector<double> befores;
    std::vector<double> nows;
    for (int turn = 1; turn <= 3; ++turn) {
        context.progress(before.label + " and " + program.label + " in turn, " + std::to_string(turn) + " of 3");
        befores.push_back(throughput(before, 8));
        nows.push_back(throughput(program, 8));
    }
    return {median(std::move(befores)), median(std::move(nows))};
}

void judge_throughput(Lesson& lesson, const Pair& pair) {
    lesson.findings.push_back(judge_gain({.id = "step09.as-fast-as-before",
                                          .title = "The server is as fast as step 8",
                                          .what = "throughput with 8 workers",
                                          .measured = pair.now,
                                          .unit = "events/s",
                                          .ratio = pair.now / pair.before,
                                          .expected = "at least 0.9 times step 8's",
                                          .bound = at_least(pair.now, 0.9 * pair.before),
                                          .shown = "The counters are no bottleneck",
                                          .cause = "Something that step 8 does not do slows the workers",
                                          .next = "Count without a lock: steps/09_atomic_metrics/README.md"}));
}

Finding loses_on_interrupt(const Interrupted& seen) {
    return judge_pain({.id = "step09.interrupt-loses",
                       .title = "Ctrl+C loses what was accepted",
                       .what = "events accepted and not processed, of " + number(seen.accepted),
                       .measured = seen.lost(),
                       .ratio = seen.lost() / std::max(1.0, seen.accepted),
                       .expected = "more than none",
                       .bound = by_chance(seen.lost() > 0),
                       .shown = "\"Accepted\" was a promise, and what waited in the queue went with the process",
                       .cause = "Nothing that was accepted was lost",
                       .next = "Nothing: this program is past step 9"});
}

// A second Ctrl+C while the drain still has seconds of work to do. Returns the exit status, and how long it took.
struct Impatient {
    bool was_draining = false;
    std::optional<int> status;
    double seconds = 0;
};

Impatient interrupt_twice(const Program& program) {
    auto server = start(program, {"--work", "sleep:20ms", "--workers", "1", "--drain-timeout", "10s"});
    hit(server, {.connections = 8, .pipeline = 64, .rate = 5000, .duration = 400ms, .patience = 100ms});
    server.process.signal(SIGINT);
    Impatient seen;
    seen.was_draining = !server.process.wait(300ms).has_value();
    const auto begin = std::chrono::steady_clock::now();
    server.process.signal(SIGINT);
    seen.status = server.process.wait(5s);
    seen.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return seen;
}

Finding ends_at_once(const Impatient& seen) {
    constexpr int kInterrupted = 130;
    return judge_gain(
        {.id = "step10.second-interrupt",
         .title = "A second Ctrl+C ends it at once",
         .what = "exit status after the second Ctrl+C",
         .measured = static_cast<double>(seen.status.value_or(-1)),
         .ratio = seen.seconds / kDeadline,
         .expected = "130, within half a second, though the drain has work for 20 s",
         .bound = both(counted(seen.was_draining && seen.status == kInterrupted), at_most(seen.seconds, 0.5)),
         .shown = "The signal is heard by a thread that the drain does not keep busy",
         .cause = seen.was_draining ? "The second signal is not heard, or does not end the process"
                                    : "It left before the second signal: it did not drain",
         .next = "Keep listening for signals during the drain: steps/10_graceful_shutdown/README.md"});
}

struct Tries {
    std::vector<Interrupted> all;
    double accepted = 0;
    double lost = 0;        // accepted and not processed, added up over all tries
    double unanswered = 0;  // processed, and no client was told that it was accepted
    double slowest = 0;     // s
    int wrong_status = 0;
};

Tries interrupt_often(const Program& program, Context& context) {
    Tries tries;
    for (int i = 0; i < context.drains; ++i) {
        context.progress(program.label + ": Ctrl+C under load, " + std::to_string(i + 1) + " of " +
                         std::to_string(context.drains));
        const Interrupted seen = interrupt_under_load(program, kDrainTimeout);
        tries.all.push_back(seen);
        tries.slowest = std::max(tries.slowest, seen.seconds);
        if (!seen.status) {
            tries.wrong_status += 1;
            break;
        }
        tries.accepted += seen.accepted;
        tries.lost += std::max(0.0, seen.lost());
        tries.unanswered += std::max(0.0, -seen.lost());
        tries.wrong_status += seen.status == 0 ? 0 : 1;
        const bool is_right = seen.lost() == 0 && seen.status == 0 && seen.seconds < kDeadline;
        if (!is_right) break;  // once is enough
    }
    return tries;
}

// What the clients were promised in the worst of the tries, and what became of it.
std::string ledger(const Tries& tries) {
    const Interrupted& worst = *std::max_element(tries.all.begin(), tries.all.end(), [](const auto& a, const auto& b) {
        return std::abs(a.lost()) < std::abs(b.lost());
    });
    return number(worst.accepted) + " accepted, " + number(worst.processed) + " processed, " + number(worst.dropped) +
           " dropped, " + number(worst.lost()) + " lost";
}

// Why it did not leave as it should.
std::string slow_leave(const Tries& tries) {
    const auto& status = tries.all.back().status;
    if (!status) {
        return "Told to stop, it was still there after " + number(tries.slowest) +
               " s and had to be killed, while one client that asks nothing stayed connected";
    }
    const std::string left = "the program left with status " + std::to_string(*status);
    if (tries.slowest < kDeadline) return "The drain was over in time, and " + left;
    return "The drain hangs: " + number(tries.slowest) + " s, for events that take " + number(kQueuedSeconds) +
           " s, while one client that asks nothing stayed connected, and " + left;
}

Finding leaves_in_time(const Tries& tries) {
    return judge_gain(
        {.id = "step10.leaves-in-time",
         .title = "It leaves by itself, with status 0",
         .what = "the slowest exit, with " + std::to_string(tries.wrong_status) + " wrong statuses",
         .measured = tries.slowest,
         .unit = "s",
         .ratio = tries.slowest / kDeadline,
         .expected = "within the deadline of " + number(kDeadline) + " s, status 0 every time",
         .bound = counted(tries.slowest < kDeadline && tries.wrong_status == 0),
         .shown = "The drain has a deadline, and the queue has a bound",
         .cause = slow_leave(tries),
         .next = tries.slowest < kDeadline
                     ? "Leave with the status that app::report_drain() returns"
                     : "Close the queue, so that every worker that waits wakes up and returns, and end "
                       "the connections with server.finish(deadline): not every client leaves by itself"});
}

void judge_drain(Lesson& lesson, const Tries& tries) {
    if (!tries.all.back().status) return lesson.findings.push_back(leaves_in_time(tries));
    const std::string count = std::to_string(tries.all.size());
    lesson.findings.push_back(judge_gain(
        {.id = "step10.nothing-accepted-is-lost",
         .title = "What was accepted is processed, also after Ctrl+C",
         .what = "accepted and not processed, in " + count + (count == "1" ? " try" : " tries"),
         .measured = tries.lost,
         .ratio = tries.lost / std::max(1.0, tries.accepted),
         .expected = "none in any try",
         .bound = counted(tries.lost == 0 && tries.accepted > 0),
         .shown = "It stops accepting, lets the workers finish the queue, and only then leaves",
         .cause = ledger(tries) + ": the process ended while accepted events still waited (step 9's pain)",
         .next = "Stop accepting, close the queue, wait for the workers: steps/10_graceful_shutdown/README.md"}));
    if (tries.unanswered > 0) {
        lesson.findings.push_back(judge_gain(
            {.id = "step10.no-reply-is-missing",
             .title = "Whoever was read from gets its replies, also after Ctrl+C",
             .what = "processed, and nobody was told that it was accepted, in " + count +
                     (count == "1" ? " try" : " tries"),
             .measured = tries.unanswered,
             .ratio = tries.unanswered / std::max(1.0, tries.accepted),
             .expected = "none",
             .bound = counted(false),
             .cause = ledger(tries) + ": more was processed than clients were told, so replies were cut off",
             .next = "End the connections with server.finish(deadline), which sends what is ready; stop() cuts them"}));
    }
    if (const auto& last = tries.all.back(); last.lost() == 0 && last.received > last.processed + last.dropped) {
        lesson.findings.push_back(judge_gain(
            {.id = "step10.counted",
             .title = "The last line says what the clients were told",
             .what = "events that were received, and neither processed nor dropped",
             .measured = last.received - last.processed - last.dropped,
             .ratio = (last.received - last.processed - last.dropped) / std::max(1.0, last.received),
             .expected = "none",
             .bound = counted(false),
             .cause = "All that was accepted was processed, and the last line says " + number(last.received) +
                      " received, " + number(last.processed) + " processed, " + number(last.dropped) +
                      " dropped: some that were refused count as nothing, and look lost to app::report_drain()",
             .next = "Count dropped() where an event is refused, for whichever reason"}));
    }
    lesson.findings.push_back(leaves_in_time(tries));
}

draw::Figure drain_figure(const Tries& tries, const Program& program, Context& context) {
    std::vector<draw::BarChart::Bar> bars;
    if (context.complete) bars.push_back(end_bar(neighbour(9), interrupted(context, step_program(context.bin_dir, 9))));
    constexpr std::size_t kMostBars = 10;
    for (std::size_t i = 0; i < std::min(tries.all.size(), kMostBars); ++i) {
        bars.push_back(end_bar(under_check(program, "try " + std::to_string(i + 1)), tries.all[i]));
    }
    return end_figure("step10-drain",
                      "The dashed mark is what clients were promised. Every try of step 10 reaches it, all in blue.",
                      std::move(bars));
}

}  // namespace

void counting_costs(Lesson& lesson, const Program& program, Context& context) {
    const Program before = step_program(context.bin_dir, 8);
    lesson.commands = {
        "./dev run 9 --work sleep:1ms --workers 8",
        "build/bin/loadgen --target 127.0.0.1:7009 --connections 32 --pipeline 64 --rate 10000 --duration 5s",
        "# and Ctrl+C on the server while it runs"};
    if (program.is_own && context.wants({"step09.counting-is-cheap"})) {
        context.progress("what counting an event costs");
        judge_counting(lesson, measure_counting_cost(), event_cost(before), program);
    }
    judge_metrics(lesson, program, context);
    if (context.wants({"step09.as-fast-as-before"})) judge_throughput(lesson, take_turns(before, program, context));
    if (!context.wants({"step09.interrupt-loses"})) return;
    const Interrupted& seen = interrupted(context, program);
    lesson.findings.push_back(loses_on_interrupt(seen));
    lesson.figures.push_back(
        end_figure("step09-interrupt",
                   "The clients were told \"accepted\" for all of it. What was still in the queue when "
                   "the process ended is red.",
                   {end_bar(under_check(program), seen)}));
    lesson.headline = "Numbers that cost nothing, and a Ctrl+C that loses " + number(seen.lost()) + " accepted events";
}

void drain(Lesson& lesson, const Program& program, Context& context) {
    lesson.commands = {
        "./dev run 10 --work sleep:1ms --workers 8",
        "build/bin/loadgen --target 127.0.0.1:7010 --connections 32 --pipeline 64 --rate 10000 --duration 5s",
        "# and Ctrl+C on the server while it runs"};
    if (context.wants({"step10.nothing-accepted-is-lost", "step10.leaves-in-time"})) {
        const Tries tries = interrupt_often(program, context);
        lesson.headline = "Told to stop under full load, " + number(static_cast<double>(tries.all.size())) +
                          " times: " + number(tries.accepted) + " events accepted, " + number(tries.lost) + " lost";
        judge_drain(lesson, tries);
        lesson.figures.push_back(drain_figure(tries, program, context));
    }
    judge_late_events(lesson, program, context);
    if (!context.wants({"step10.second-interrupt"})) return;
    context.progress(program.label + ": Ctrl+C twice");
    lesson.findings.push_back(ends_at_once(interrupt_twice(program)));
}

}  // namespace station::lesson
