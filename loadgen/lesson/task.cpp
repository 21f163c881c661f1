// Step 4 beside its lesson: the work is done, once an event; what is refused changes nothing; the last line counts.
#include <loadgen/lesson/experiments.hpp>
#include <loadgen/lesson/judge.hpp>

#include <algorithm>

namespace station::lesson {
namespace {

using namespace std::chrono_literals;

constexpr auto kTaskPatience = 5s;
constexpr double kTaskWorkMs = 20;  // given as --work
constexpr int kTimedEvents = 10;
constexpr double kValidEvents = 20;
// So many buys of the largest amount fit into 64 bits; one more does not.
constexpr std::size_t kLargestAmounts = 9'223'372;
constexpr const char* kLargestBuy = "{\"user\":\"x\",\"action\":\"buy\",\"amount\":1000000000000}\n";

std::string asked(target::Connection& client, const std::string& line) {
    client.send(line + "\n", kTaskPatience);
    const auto reply = client.read_line(kTaskPatience);
    return reply.got == target::Connection::Got::line ? reply.line : "nothing";
}

// The fastest of a few events, in ms: no noise makes work shorter.
double fastest_event(const Program& program, Context& context) {
    context.progress(program.label + ": whether an event's work is done");
    auto server = start(program, {"--work", "sleep:20ms"});
    auto client = connect(server);
    double fastest = 1e9;
    for (int i = 0; i < kTimedEvents; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        if (asked(client, R"({"user":"work","action":"buy","amount":1})") == "nothing") {
            throw CannotMeasure{"an event was not answered within 5 s"};
        }
        fastest = std::min(fastest, to_ms(std::chrono::steady_clock::now() - begin));
    }
    return fastest;
}

void judge_work(Lesson& lesson, double fastest) {
    const bool done = fastest >= kTaskWorkMs;
    lesson.findings.push_back(
        judge_gain({.id = "step04.read-work-write",
                    .title = "An event's work is done once, before its reply",
                    .what = "the fastest of ten events with --work sleep:20ms",
                    .measured = fastest,
                    .unit = "ms",
                    .ratio = fastest / kTaskWorkMs,
                    .expected = "20 ms and little more",
                    // Not timed: no machine is so busy that each of ten events takes twice its work.
                    .bound = counted(done && fastest < 1.9 * kTaskWorkMs),
                    .shown = "Between reading the balance and writing it the event's work is done",
                    .cause = done ? "An event takes as long as its work twice: work() is called more than once"
                                  : "A reply came after " + number(fastest) +
                                        " ms, before 20 ms of work can have been done: work() is not called",
                    .next = "Call work() once between reading and writing: steps/04_in_task_processing/README.md"}));
}

// nullopt: the program prints no last line.
std::optional<metrics::Counts> count_events(const Program& program, Context& context) {
    context.progress(program.label + ": what the last line counts");
    auto server = start(program, {});
    auto client = connect(server);
    for (double i = 0; i < kValidEvents; ++i) asked(client, R"({"user":"count","action":"buy","amount":1})");
    asked(client, R"({"user":"count","action":"hold","amount":1})");
    asked(client, "garbage");
    return stop(server).counts;
}

void judge_counted(Lesson& lesson, const std::optional<metrics::Counts>& counts) {
    Claim claim{.id = "step04.counted",
                .title = "Every valid event counts as received, and as what became of it",
                .what = "events that the last line is off, of " + number(kValidEvents) + " valid ones and 2 others",
                .expected = "none"};
    if (!counts) {
        lesson.findings.push_back(judge_unseen(std::move(claim), kNoCounts));
        return;
    }
    const auto received = static_cast<double>(counts->received);
    const auto processed = static_cast<double>(counts->processed);
    const auto dropped = static_cast<double>(counts->dropped);
    claim.measured = std::abs(received - kValidEvents) + std::abs(processed - kValidEvents) + dropped;
    claim.ratio = claim.measured / kValidEvents;
    claim.bound = counted(claim.measured == 0);
    claim.shown = "Errors count nowhere, and each event twice: when it comes and when it is done";
    claim.cause = number(kValidEvents) + " valid events were sent and answered, and the last line says " +
                  number(received) + " received, " + number(processed) + " processed, " + number(dropped) + " dropped";
    claim.next = "Count received() for every valid event, then processed() or dropped()";
    lesson.findings.push_back(judge_gain(std::move(claim)));
}

struct Overflow {
    std::size_t taken = 0;  // of the largest amounts
    std::string refusal;    // the reply to the one too many
    std::string after;      // to a sell of 1 behind it
    std::optional<metrics::Counts> counts;
};

// A balance can be brought to its end by nine million events only. Gives up where that takes longer than `limit`.
Overflow overflow(const Program& program, Context& context, std::chrono::seconds limit) {
    context.progress(program.label + ": a balance at the end of 64 bits");
    auto server = start(program, {});
    auto client = connect(server);
    constexpr std::size_t kAtOnce = 10'000;
    std::string lines;
    for (std::size_t i = 0; i < kAtOnce; ++i) lines += kLargestBuy;
    const std::string_view all{lines};
    const std::size_t bytes = lines.size() / kAtOnce;
    Overflow seen;
    client.discard_replies();
    const auto give_up = std::chrono::steady_clock::now() + limit;
    while (seen.taken < kLargestAmounts && std::chrono::steady_clock::now() < give_up) {
        const std::size_t count = std::min(kAtOnce, kLargestAmounts - seen.taken);
        client.send(all.substr(0, count * bytes), kTaskPatience);
        seen.taken += count;
    }
    if (seen.taken < kLargestAmounts) return seen;
    if (client.wait_for_discarded(kLargestAmounts, kTaskPatience) < kLargestAmounts) {
        throw CannotMeasure{"events of a long pipeline were not answered within 5 s"};
    }
    seen.refusal = asked(client, R"({"user":"x","action":"buy","amount":1000000000000})");
    seen.after = asked(client, R"({"user":"x","action":"sell","amount":1})");
    seen.counts = stop(server).counts;
    return seen;
}

void judge_overflow(Lesson& lesson, const Overflow& seen) {
    if (seen.taken < kLargestAmounts) {
        lesson.not_run.push_back("step04.overflow (9 million events take too long here; --slow waits for them)");
        return;
    }
    const bool refused = seen.refusal == R"({"status":"error","reason":"balance_overflow"})";
    const bool unchanged = seen.after == R"({"status":"ok","balance":9223371999999999999})";
    // One refusal among all that was received; who counts nothing at all is step04.counted's.
    const bool dropped = !seen.counts || seen.counts->dropped == 1 || seen.counts->received == 0;
    std::string cause = "A buy that takes a balance of 9223372000000000000 out of 64 bits got " + seen.refusal;
    std::string next = "Answer wire::error_balance_overflow() where changed() says nothing";
    if (refused && !unchanged) {
        cause = "After a buy that was refused for overflow a sell of 1 got " + seen.after + ": the balance had changed";
        next = "Write the balance only where changed() returned one";
    } else if (refused && !dropped) {
        cause = "One event was refused for overflow, and the last line says " +
                number(static_cast<double>(seen.counts->dropped)) + " dropped";
        next = "Count dropped() where apply() returned nothing";
    }
    const double wrong = (refused ? 0 : 1) + (unchanged ? 0 : 1) + (dropped ? 0 : 1);
    lesson.findings.push_back(judge_gain({.id = "step04.overflow",
                                          .title = "A balance never leaves 64 bits",
                                          .what = "of refusal, balance and count, wrong",
                                          .measured = wrong,
                                          .ratio = wrong / 3,
                                          .expected = "none",
                                          .bound = counted(wrong == 0),
                                          .shown = "The sum is looked at before it is written",
                                          .cause = std::move(cause),
                                          .next = std::move(next)}));
}

}  // namespace

void judge_task(Lesson& lesson, const Program& program, Context& context) {
    if (context.wants({"step04.counted"})) judge_counted(lesson, count_events(program, context));
    if (context.wants({"step04.read-work-write"})) judge_work(lesson, fastest_event(program, context));
    if (context.wants({"step04.overflow"})) {
        judge_overflow(lesson, overflow(program, context, context.slow ? 600s : 12s));
    }
}

}  // namespace station::lesson
