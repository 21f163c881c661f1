// Step 9: the counters, asked while the server runs and when it is idle again.
#include <loadgen/lesson/experiments.hpp>
#include <loadgen/lesson/judge.hpp>

#include <atomic>
#include <cmath>
#include <thread>

namespace station::lesson {
namespace {

using namespace std::chrono_literals;

metrics::Counts ask(target::Connection& client) {
    client.send("{\"type\":\"metrics\"}\n", 5s);
    const std::string line = client.read_line(5s).line;
    const auto counts = to_counts(line);
    if (!counts) {
        throw CannotMeasure{"it did not answer {\"type\":\"metrics\"} with three counters but with \"" + line + "\""};
    }
    return *counts;
}

bool is_idle(const metrics::Counts& counts) { return counts.received == counts.processed + counts.dropped; }

std::string in_words(const metrics::Counts& counts) {
    return number(static_cast<double>(counts.received)) + " received, " +
           number(static_cast<double>(counts.processed)) + " processed, " +
           number(static_cast<double>(counts.dropped)) + " dropped";
}

struct Counting {
    double snapshots = 0;
    double impossible = 0;  // more done than received
    metrics::Counts worst;
    metrics::Counts last;
    hammer::Result clients;
};

Counting measure_counting(const Program& program, Context& context) {
    context.progress(program.label + ": its counters against what the clients saw");
    auto server = start(program, {"--work", "none", "--workers", "8", "--queue", "64"});
    Counting seen;
    std::atomic<bool> done{false};
    std::jthread clients([&] {
        seen.clients = drive(server, {.connections = 8, .pipeline = 16, .duration = 400ms});
        done = true;
    });
    auto client = connect(server, "metrics");
    while (!done) {
        const metrics::Counts now = ask(client);
        seen.snapshots += 1;
        if (now.received >= now.processed + now.dropped) continue;
        seen.impossible += 1;
        seen.worst = now;
    }
    clients.join();
    const auto give_up = std::chrono::steady_clock::now() + 2s;
    do {
        std::this_thread::sleep_for(5ms);
        seen.last = ask(client);
    } while (!is_idle(seen.last) && std::chrono::steady_clock::now() < give_up);
    return seen;
}

double difference(std::uint64_t a, std::uint64_t b) {
    return std::abs(static_cast<double>(a) - static_cast<double>(b));
}

}  // namespace

void judge_metrics(Lesson& lesson, const Program& program, Context& context) {
    if (!context.wants({"step09.counts-add-up", "step09.never-more-done-than-received"})) return;
    const Counting seen = measure_counting(program, context);
    const auto& replies = seen.clients.replies;
    const std::uint64_t done = replies.accepted + replies.ok;
    const std::uint64_t events = done + replies.server_busy;
    const double off = difference(seen.last.received, events) + difference(seen.last.processed, done) +
                       difference(seen.last.dropped, replies.server_busy);
    lesson.findings.push_back(judge_gain(
        {.id = "step09.never-more-done-than-received",
         .title = "No look at the counters shows more done than received",
         .what = "impossible answers, of " + number(seen.snapshots) + " under load",
         .measured = seen.impossible,
         .ratio = seen.impossible / seen.snapshots,
         .expected = "none",
         .bound = counted(seen.impossible == 0),
         .shown = "An event's end is counted with release and read with acquire, before its beginning is read",
         .cause = "Under load the metrics said " + in_words(seen.worst) + ": more was done than had come in",
         .next = "Count an event before you pass it on, and read the ends before the beginning"}));
    lesson.findings.push_back(judge_gain(
        {.id = "step09.counts-add-up",
         .title = "The counters say what the clients saw",
         .what = "events that the counters are off, of " + number(static_cast<double>(events)),
         .measured = off,
         .ratio = off / static_cast<double>(events),
         .expected = "none, once nothing is in flight",
         .bound = counted(off == 0 && events > 0),
         .shown = "fetch_add is one step: no count can be overwritten by another",
         .cause = "The metrics say " + in_words(seen.last) + ", and the clients counted " +
                  in_words({events, done, replies.server_busy}) + ": counts overwrite each other, or are not made",
         .next = "Count with one atomic fetch_add, not with a load and a store"}));
}

}  // namespace station::lesson
