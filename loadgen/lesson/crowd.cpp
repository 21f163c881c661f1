// Steps 1 and 2: the same fifty clients, one at a time and all at once.
#include <loadgen/lesson/experiments.hpp>
#include <loadgen/lesson/judge.hpp>

#include <algorithm>

namespace station::lesson {
namespace {

using namespace std::chrono_literals;

constexpr double kStaySeconds = 0.1;

// The client that waited longest for its first reply, and who was served right before it.
std::string who_waited_for_whom(const Crowd& seen) {
    const hammer::Span* waited = nullptr;
    for (const auto& span : seen.spans) {
        const bool longer =
            waited == nullptr || span.first_reply - span.started > waited->first_reply - waited->started;
        if (span.first_reply.count() > 0 && longer) waited = &span;
    }
    if (waited == nullptr) return "No client got a reply";
    const hammer::Span* before = nullptr;
    for (const auto& span : seen.spans) {
        const bool earlier = span.first_reply.count() > 0 && span.first_reply < waited->first_reply;
        if (earlier && (before == nullptr || span.first_reply > before->first_reply)) before = &span;
    }
    const auto name = [&](const hammer::Span& span) {
        return "client " + number(static_cast<double>(&span - seen.spans.data() + 1));
    };
    const std::string time = number(to_ms(waited->first_reply - waited->started) / 1000) + " s";
    if (before == nullptr) return name(*waited) + " waited " + time;
    return name(*waited) + " waited " + time + " for its first reply, which came " +
           number(to_ms(waited->first_reply - before->ended)) + " ms after " + name(*before) + " had left at " +
           number(to_ms(before->ended) / 1000) + " s";
}

draw::Figure who_waited(const std::string& id, const std::string& title, const std::string& about, const Crowd& seen,
                        double until) {
    draw::GanttChart chart{.time = {.label = "time since the first client came", .unit = "ms", .to = until},
                           .row_label = "client"};
    for (const auto& span : seen.spans) {
        const double left = to_ms(span.ended);
        chart.rows.push_back(
            {to_ms(span.started), span.first_reply.count() > 0 ? to_ms(span.first_reply) : left, left});
    }
    // In the order in which they were served: who is served next is the kernel's choice, and not the point.
    std::stable_sort(chart.rows.begin(), chart.rows.end(),
                     [](const auto& a, const auto& b) { return a.served < b.served; });
    return {.id = id, .title = title, .about = about, .chart = chart};
}

std::string crowd_command(int step) {
    const std::string port = std::to_string(7000 + step);
    return "build/bin/loadgen --target 127.0.0.1:" + port + " --mix echo --connections 50 --hold 100ms";
}

draw::Figure lone_figure(draw::Name earlier, double earlier_rate, draw::Name later, double later_rate) {
    return {.id = "step02-one-client",
            .title = "One client alone gains nothing",
            .about =
                "Round trips a second of one client with one request in flight: the same work, the same wait for "
                "the kernel.",
            .chart =
                draw::BarChart{.value = {.label = "round trips a second"},
                               .parts = {{.label = "round trips"}},
                               .bars = {{.name = std::move(earlier), .values = {earlier_rate}},
                                        {.name = std::move(later), .values = {later_rate}, .expected = earlier_rate}}}};
}

// What idle connections cost, and what clients feel that share the server with them.
struct Idle {
    double connections = 0;
    double bytes_each = 0;
    double p99 = 0;        // ms, of 50 clients beside the idle ones
    double quiet_p99 = 0;  // ms, of the same clients alone
    double missing = 0;
    double answered = 0;
};

struct IdleCrowd {
    std::vector<target::Connection> connections;
    bool all_came = true;
};

// Opened before the clock runs: how long that takes says more about the machine than about the server.
IdleCrowd open_idle(const Running& server, std::size_t wanted) {
    IdleCrowd crowd;
    while (crowd.all_came && crowd.connections.size() < wanted) {
        auto connection = target::Connection::open(server.endpoint, 3s);
        crowd.all_came = connection.has_value();
        if (connection) crowd.connections.push_back(std::move(*connection));
    }
    return crowd;
}

Idle measure_idle(const Program& program, Context& context) {
    constexpr std::size_t kIdle = 5000;
    context.progress(program.label + ": 5,000 idle connections and 10 that send half a line");
    auto server = start(program, {});
    hammer::Plan plan{.connections = 50, .duration = 500ms, .mix = hammer::Mix::echo};
    const auto alone = drive(server, plan);
    const auto before = static_cast<double>(server.process.resident_bytes());

    const auto crowd = open_idle(server, allow_connections(kIdle));
    plan.duration = 1000ms;
    plan.dribblers = 10;
    plan.dribble_every = 50ms;
    plan.patience = 4s;
    const auto crowded = drive(server, plan);
    const auto idle = static_cast<double>(crowd.connections.size());
    return {.connections = idle,
            .bytes_each = (static_cast<double>(server.process.resident_bytes()) - before) / std::max(1.0, idle),
            .p99 = to_ms(crowded.latency.percentile(99)),
            .quiet_p99 = to_ms(alone.latency.percentile(99)),
            .missing = static_cast<double>(crowded.missing + crowded.connect_failures + (crowd.all_came ? 0 : 1)),
            .answered = static_cast<double>(crowded.replies.total())};
}

void judge_idle(Lesson& lesson, const Idle& idle) {
    constexpr double kMostBytes = 16 * 1024;
    lesson.findings.push_back(
        judge_gain({.id = "step02.idle-connections",
                    .title = "Connections that send nothing are cheap",
                    .what = "memory of each of " + number(idle.connections) + " idle connections",
                    .measured = idle.bytes_each / 1024,
                    .unit = "KiB",
                    .ratio = idle.bytes_each / kMostBytes,
                    .expected = "under 16 KiB each",
                    .bound = counted(idle.bytes_each < kMostBytes),
                    .shown = "A suspended coroutine is one small frame on the heap; a thread would be a stack",
                    .cause = "Each connection holds a big buffer, or a thread, while it waits",
                    .next = "Take the buffer when bytes arrive, and see steps/02_async_echo/README.md"}));
    lesson.findings.push_back(judge_gain(
        {.id = "step02.half-a-line",
         .title = "Who sends half a line for ever holds nobody up",
         .what = "p99 of 50 clients beside " + number(idle.connections) + " idle ones and 10 that dribble",
         .measured = idle.p99,
         .unit = "ms",
         .ratio = idle.p99 / idle.quiet_p99,
         .expected = "under 100 ms, no reply missing",
         .bound = both(counted(idle.missing == 0 && idle.answered > 0), at_most(idle.p99, 100)),
         .shown = "The coroutine of a slow client is suspended; nobody waits for it",
         .cause = number(idle.answered) + " replies came and " + number(idle.missing) +
                  " replies or connections are missing: somebody waits for a client that is slow",
         .next = "Wait for a line's end without blocking the thread, and see steps/02_async_echo/README.md"}));
}

// Step 1's time for the same crowd: measured where there is time for it, otherwise what the stays add up to.
Crowd one_after_another(const Program& before, Context& context) {
    if (context.complete) return crowd(context, before);
    return {.seconds = kStaySeconds * static_cast<double>(kCrowd), .served = kCrowd, .spans = {}};
}

void judge_crowd(Lesson& lesson, const Crowd& slow, const Crowd& seen) {
    const double times = seen.served == kCrowd ? slow.seconds / seen.seconds : 0;
    lesson.headline = "The same fifty clients, served at once: " + number(seen.seconds) + " s instead of " +
                      number(slow.seconds) + " s";
    lesson.findings.push_back(judge_gain(
        {.id = "step02.all-at-once",
         .title = "Nobody waits for anybody",
         .what = "50 clients that each stay 100 ms",
         .measured = seen.seconds,
         .unit = "s",
         .ratio = times,
         .expected = "at least 20 times faster than step 1",
         .bound = at_least(times, 20),
         .shown = "A coroutine that waits gives the thread away, so one thread waits for all of them at once",
         .cause =
             "Clients wait behind clients: " + who_waited_for_whom(seen) + ": one client at a time (step 1's pain)",
         .next = "Give every connection a coroutine of its own: steps/02_async_echo/README.md"}));
}

void judge_lone_client(Lesson& lesson, const Program& before, const Program& program, Context& context) {
    const double earlier = lone_client(context, before).rate;
    const double later = lone_client(context, program).rate;
    lesson.findings.push_back(
        judge_pain({.id = "step02.no-faster-for-one",
                    .title = "For one client the echo is no faster",
                    .what = "round trips of one client",
                    .measured = later,
                    .unit = "a second",
                    .ratio = later / earlier,
                    .expected = "about step 1's, at most 1.3 times as many",
                    .bound = at_most(later, 1.3 * earlier),
                    .shown = "Asynchronous is about waiting for many, it does nothing for the work itself",
                    .cause = "One client alone gains more than step 2 can explain",
                    .next = "Look at what step 1 does between two reads"}));
    lesson.figures.push_back(lone_figure(neighbour(1), earlier, under_check(program), later));
}

draw::Figure waiting_figure(const Crowd& slow, const Crowd& seen) {
    auto figure =
        who_waited("step02-who-waited", "Nobody waits",
                   "The same picture on the same scale: all fifty are served side by side, and leave after 100 ms.",
                   seen, std::max(5000.0, slow.seconds * 1000));
    auto& chart = std::get<draw::GanttChart>(figure.chart);
    chart.expected = {{kStaySeconds * 1000, 0}, {kStaySeconds * 1000, kCrowd}};
    chart.expected_label = "100 ms";
    return figure;
}

void judge_turns(Lesson& lesson, const Program& program, Context& context) {
    const Crowd& seen = crowd(context, program);
    const double ratio = seen.seconds / kStaySeconds;
    lesson.headline = "Fifty clients stay 100 ms each, and the last one leaves after " + number(seen.seconds) + " s";
    lesson.findings.push_back(
        judge_pain({.id = "step01.one-at-a-time",
                    .title = "A second client waits until the first one has left",
                    .what = "50 clients that each stay 100 ms",
                    .measured = seen.seconds,
                    .unit = "s",
                    .ratio = ratio,
                    .expected = "about 50 times one stay, 5 s",
                    .bound = both(at_least(ratio, 40), at_most(ratio, 75)),
                    .shown = "The thread that reads from one client can't accept the next: head-of-line blocking",
                    .cause = "Clients do not wait for each other as they do in step 1",
                    .next = "Nothing: this program is past step 1"}));

    auto figure =
        who_waited("step01-who-waited", "Who waited for whom",
                   "Every client comes at once. Each row is one of them: grey while it waits, blue while it is "
                   "served; no two are blue at a time.",
                   seen, std::max(5000.0, seen.seconds * 1000));
    auto& chart = std::get<draw::GanttChart>(figure.chart);
    chart.expected = {{0, 0}, {kStaySeconds * 1000 * kCrowd, kCrowd}};
    chart.expected_label = "100 ms for each one before";
    lesson.figures.push_back(std::move(figure));
}

}  // namespace

void one_at_a_time(Lesson& lesson, const Program& program, Context& context) {
    lesson.commands = {"./dev run 1", crowd_command(1)};
    if (context.wants({"step01.one-at-a-time"})) judge_turns(lesson, program, context);
    judge_descriptors(lesson, program, context, "step01.leavers");
}

void all_at_once(Lesson& lesson, const Program& program, Context& context) {
    const Program before = step_program(context.bin_dir, 1);
    lesson.commands = {"./dev run 2", crowd_command(2)};
    if (context.wants({"step02.all-at-once"})) {
        const Crowd slow = one_after_another(before, context);
        const Crowd& seen = crowd(context, program);
        judge_crowd(lesson, slow, seen);
        lesson.figures.push_back(waiting_figure(slow, seen));
    }
    const bool looks_at_pain = program.is_own || context.complete;
    if (looks_at_pain && context.wants({"step02.no-faster-for-one"})) {
        judge_lone_client(lesson, before, program, context);
    }
    if (context.wants({"step02.idle-connections", "step02.half-a-line"})) {
        judge_idle(lesson, measure_idle(program, context));
    }
    judge_leavers(lesson, program, context);
}

}  // namespace station::lesson
