// What became of every event that was accepted: after an overload the queue empties, and each event was done once.
#include <loadgen/lesson/experiments.hpp>
#include <loadgen/lesson/judge.hpp>

#include <limits>
#include <thread>

namespace station::lesson {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kQueue = 16;
constexpr auto kLedgerPatience = 5s;

struct Burst {
    double accepted = 0;
    double refused = 0;
};

struct Ledger {
    double accepted = 0;  // as the clients saw it
    double refused = 0;   // of the last burst: places of the queue that are still taken
    metrics::Counts counts;
};

// As many events at once as the queue has places.
Burst burst(target::Connection& client) {
    std::string lines;
    for (std::size_t i = 0; i < kQueue; ++i) {
        lines += "{\"user\":\"burst" + std::to_string(i) + "\",\"action\":\"buy\",\"amount\":1}\n";
    }
    client.send(lines, kLedgerPatience);
    Burst seen;
    for (std::size_t i = 0; i < kQueue; ++i) {
        const auto reply = client.read_line(kLedgerPatience);
        if (reply.got != target::Connection::Got::line) {
            throw CannotMeasure{"an event was not answered within 5 s, after an overload"};
        }
        const bool refused = reply.line.find("server_busy") != std::string::npos;
        (refused ? seen.refused : seen.accepted) += 1;
    }
    return seen;
}

// Bursts with pauses in which even a busy machine empties a queue of 16 events of 1 ms, until one fits.
void catch_up(target::Connection& client, Ledger& ledger) {
    constexpr int kTries = 20;
    for (int i = 0; i < kTries; ++i) {
        std::this_thread::sleep_for(150ms);
        const Burst seen = burst(client);
        ledger.accepted += seen.accepted;
        ledger.refused = seen.refused;
        if (seen.refused == 0) return;
    }
}

Ledger measure_ledger(const Program& program, Context& context) {
    context.progress(program.label + ": an overload, and what became of each event");
    auto server = start(program, {"--work", "sleep:1ms", "--queue", std::to_string(kQueue)});
    const auto result = hit(server, {.connections = 4, .pipeline = 8, .duration = 300ms});
    Ledger ledger{.accepted = static_cast<double>(result.replies.accepted + result.replies.ok),
                  .refused = 0,
                  .counts = {}};
    auto client = connect(server);
    catch_up(client, ledger);
    if (ledger.refused > 0) {
        if (const auto counts = stop(server).counts) ledger.counts = *counts;
        return ledger;
    }
    std::this_thread::sleep_for(300ms);  // for the last burst
    ledger.counts = stop_and_count(server);
    return ledger;
}

// Nothing lies in the queue, and it says that it is full.
bool all_was_done(const Ledger& ledger) {
    return ledger.accepted > 0 && static_cast<double>(ledger.counts.processed) >= ledger.accepted;
}

Finding judge_catching_up(const std::string& id, const Ledger& ledger) {
    const std::string taken = "Of the queue's " + number(kQueue) + " places " + number(ledger.refused) +
                              " are still taken 3 s after the load";
    const bool empty = all_was_done(ledger);
    return judge_gain(
        {.id = id,
         .title = "After an overload the queue empties",
         .what = "of a burst that fits the queue, refused 3 s after the load",
         .measured = ledger.refused,
         .ratio = ledger.refused / static_cast<double>(kQueue),
         .expected = "none",
         .bound = counted(ledger.refused == 0),
         .shown = "Whoever puts an event in wakes somebody who takes it out",
         .cause = empty ? taken + ", though all " + number(ledger.accepted) +
                              " accepted events were processed: a place is not given back when its event is taken out"
                        : taken + ": nobody takes what lies there, because a worker sleeps through it (a lost "
                                  "wake-up) or is gone",
         .next = empty ? "Where an event leaves the queue, count it off what the queue holds"
                       : "Wake a worker for every event, keep it alive, and let it look again before it sleeps: "
                         "common/station/flow/bounded_channel.hpp"});
}

Finding judge_each_once(const std::string& id, const Ledger& ledger) {
    const auto processed = static_cast<double>(ledger.counts.processed);
    const double missing = ledger.accepted - processed;
    // What one queue holds may still have been on its way on a very busy machine; the rest is a count.
    const double missed_by =
        missing > 0 && missing <= static_cast<double>(kQueue) ? 2 : std::numeric_limits<double>::infinity();
    const std::string arithmetic = number(ledger.accepted) + " accepted - " + number(processed) + " processed = ";
    return judge_gain(
        {.id = id,
         .title = "Each accepted event is processed once",
         .what = "accepted and not processed, of " + number(ledger.accepted),
         .measured = missing,
         .ratio = missing / ledger.accepted,
         .expected = "none, and none twice",
         .bound = {missing == 0, missing == 0 ? 0 : missed_by},
         .shown = "An event that was accepted is in the queue, and leaves it once",
         .cause = missing > 0 ? arithmetic + number(missing) + " lost: accepted, and never done"
                              : arithmetic + number(missing) + ": " + number(-missing) + " were done twice",
         .next = missing > 0 ? "Say accepted only when the event is in the queue, and let nothing drop out of it"
                             : "Take an event out of the queue and look at it in one step"});
}

}  // namespace

void judge_ledger(Lesson& lesson, const Program& program, Context& context, const std::string& catches_up,
                  const std::string& each_once) {
    if (!context.wants({catches_up, each_once})) return;
    const Ledger ledger = measure_ledger(program, context);
    lesson.findings.push_back(judge_catching_up(catches_up, ledger));
    if (ledger.refused == 0) lesson.findings.push_back(judge_each_once(each_once, ledger));
}

}  // namespace station::lesson
