// Step 10: what is told to events that come after the signal, what happens to work that needs longer than the deadline,
// and whether every request that was read has its reply.
#include <loadgen/lesson/experiments.hpp>
#include <loadgen/lesson/judge.hpp>

#include <algorithm>
#include <csignal>
#include <thread>

namespace station::lesson {
namespace {

using namespace std::chrono_literals;
using Got = target::Connection::Got;

constexpr auto kReplyPatience = 5s;
constexpr auto kDrainTimeout = 500ms;  // given as --drain-timeout where the work needs longer
constexpr auto kSoonAfter = 3s;        // of a deadline that has passed; a loaded machine takes a while to end a process
constexpr std::size_t kLateClients = 4;
constexpr double kBusyEvents = 10;
constexpr std::size_t kLateBurst = 50;

// What one client was told, reply by reply.
struct Told {
    double accepted = 0;
    double busy = 0;
    double shutting_down = 0;
    double other = 0;
    std::string example;  // of the other replies

    double all() const { return accepted + busy + shutting_down + other; }
    void count(const std::string& reply) {
        if (reply == R"({"status":"accepted"})") {
            accepted += 1;
        } else if (reply == R"({"status":"rejected","reason":"server_busy"})") {
            busy += 1;
        } else if (reply == R"({"status":"rejected","reason":"shutting_down"})") {
            shutting_down += 1;
        } else {
            other += 1;
            if (example.empty()) example = reply;
        }
    }
    Told& operator+=(const Told& more) {
        accepted += more.accepted;
        busy += more.busy;
        shutting_down += more.shutting_down;
        other += more.other;
        if (example.empty()) example = more.example;
        return *this;
    }
    std::string in_words() const {
        return number(accepted) + " accepted, " + number(busy) + " server_busy, " + number(shutting_down) +
               " shutting_down" + (other > 0 ? ", " + number(other) + " something else: " + example : "");
    }
};

std::string event(std::size_t i) {
    return "{\"user\":\"late" + std::to_string(i) + "\",\"action\":\"buy\",\"amount\":1}\n";
}

// Sends one event; nullopt where the connection ended instead of a reply.
std::optional<Told> tell(target::Connection& client) {
    client.send(event(0), kReplyPatience);
    const auto reply = client.read_line(kReplyPatience);
    if (reply.got != Got::line) return std::nullopt;
    Told told;
    told.count(reply.line);
    return told;
}

// All that a client is still told, up to the connection's end.
Told read_to_the_end(target::Connection& client) {
    Told told;
    while (true) {
        const auto reply = client.read_line(kReplyPatience);
        if (reply.got != Got::line) return told;
        told.count(reply.line);
    }
}

// Connections that were there before the signal: an event that is refused during the drain is its connection's last.
std::vector<target::Connection> early_birds(const Running& server) {
    std::vector<target::Connection> clients;
    for (std::size_t i = 0; i <= kLateClients; ++i) clients.push_back(connect(server, "late" + std::to_string(i)));
    return clients;
}

struct Late {
    Told before;           // the signal
    Told until_heard;      // from the signal to the first shutting_down; it takes a moment until a signal is heard
    Told after;            // later ones, each on a connection of its own
    bool was_cut = false;  // a connection ended without a reply before anybody was told
};

// Events after the signal, one at a time, until one is told shutting_down; then those of the others.
void come_late(std::vector<target::Connection>& clients, std::size_t most, Late& seen) {
    constexpr auto kPause = 5ms;
    while (seen.until_heard.shutting_down == 0 && seen.until_heard.all() < static_cast<double>(most)) {
        const auto told = tell(clients[0]);
        seen.was_cut = !told;
        if (!told) return;
        seen.until_heard += *told;
        std::this_thread::sleep_for(kPause);
    }
    if (seen.until_heard.shutting_down == 0) return;
    for (std::size_t i = 1; i < clients.size(); ++i) {
        if (const auto told = tell(clients[i])) seen.after += *told;
    }
}

struct FullQueue : Late {
    Ending ending;
};

// One worker sleeps for longer than anybody waits, and the queue's one place is taken: full, however slow the machine.
FullQueue interrupt_full_queue(const Program& program, Context& context) {
    context.progress(program.label + ": Ctrl+C with a full queue, and work that outlasts the deadline");
    auto server = start(program, {"--work", "sleep:30s", "--workers", "1", "--queue", "1", "--drain-timeout", "500ms"});
    auto clients = early_birds(server);
    Told filling;
    const auto give_up = std::chrono::steady_clock::now() + kReplyPatience;
    while (filling.accepted < 2) {
        const auto told = tell(clients[0]);
        if (!told) throw CannotMeasure{"an event was not answered before the signal"};
        filling += *told;
        if (filling.accepted < 2 && std::chrono::steady_clock::now() > give_up) {
            throw CannotMeasure{"a worker and a queue of one place did not take two events within 5 s: " +
                                filling.in_words()};
        }
    }
    FullQueue seen;
    while (seen.before.all() < kBusyEvents) {
        const auto told = tell(clients[0]);
        if (!told) throw CannotMeasure{"an event was not answered before the signal"};
        seen.before += *told;
    }
    const auto begin = std::chrono::steady_clock::now();
    server.process.signal(SIGINT);
    come_late(clients, 1000, seen);
    seen.ending = wait_for_end(server, kDrainTimeout + kSoonAfter);
    seen.ending.took = std::chrono::round<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    return seen;
}

struct RoomInQueue : Late {
    Ending ending;
    Told burst;  // pipelined during the drain
    Told all;
};

// Half a second of work is queued, and there is room for more: what comes now is refused for the signal alone.
RoomInQueue interrupt_with_room(const Program& program, Context& context) {
    context.progress(program.label + ": Ctrl+C with room in the queue");
    auto server =
        start(program, {"--work", "sleep:100ms", "--workers", "1", "--queue", "64", "--drain-timeout", "10s"});
    auto clients = early_birds(server);
    auto pipelining = connect(server, "pipelining");
    RoomInQueue seen;
    for (int i = 0; i < 5; ++i) {
        const auto told = tell(clients[0]);
        if (!told) throw CannotMeasure{"an event was not answered before the signal"};
        seen.before += *told;
    }
    server.process.signal(SIGINT);
    come_late(clients, 100, seen);
    seen.all = seen.before;
    seen.all += seen.until_heard;
    seen.all += seen.after;
    if (seen.until_heard.shutting_down == 0) return seen;
    std::string lines;
    for (std::size_t i = 0; i < kLateBurst; ++i) lines += event(i);
    pipelining.send(lines, kReplyPatience);
    seen.burst = read_to_the_end(pipelining);
    seen.all += seen.burst;
    clients.clear();  // a server may wait until its clients have left, too
    pipelining.close();
    seen.ending = wait_for_end(server, 10s);
    return seen;
}

struct Backlog {
    double replies = 0;
    Ending ending;
};

// A client that reads nothing until the server takes no more, and then everything: the replies that were made for it
// still wait in the server when the signal comes.
Backlog interrupt_backlog(const Program& program, Context& context) {
    context.progress(program.label + ": Ctrl+C while a client has not read its replies");
    auto server = start(program, {"--work", "none", "--workers", "1", "--drain-timeout", "10s"});
    auto client = connect(server, "slow reader");
    std::string lines;
    for (std::size_t i = 0; i < 1000; ++i) lines += event(i % 100);
    const auto give_up = std::chrono::steady_clock::now() + 1s;
    while (client.send_unread(lines, 100ms) && std::chrono::steady_clock::now() < give_up) {
    }
    server.process.signal(SIGINT);
    server.process.wait(300ms);  // who cuts connections has ended by then
    Backlog seen{.replies = read_to_the_end(client).all(), .ending = {}};
    client.close();
    seen.ending = wait_for_end(server, 10s);
    return seen;
}

Finding judge_busy(const FullQueue& full) {
    const double wrong = kBusyEvents - full.before.busy;
    return judge_gain(
        {.id = "step10.busy",
         .title = "Before the signal a full queue says server_busy",
         .what = "told something else, of " + number(kBusyEvents) + " events that found the queue full",
         .measured = wrong,
         .ratio = wrong / kBusyEvents,
         .expected = "none",
         .bound = counted(wrong == 0),
         .shown = "A full queue is one thing, a closed one another, and try_push() says which",
         .cause = "With its one worker busy and the queue full, ten events were told: " + full.before.in_words(),
         .next = "Tell Push::full from Push::closed where the event is refused"});
}

// So many answers since the signal that it must have been heard, whatever else the machine does.
bool heard_often(const Late& seen) {
    constexpr double kMany = 20;
    return seen.until_heard.all() >= kMany;
}

Finding judge_shutting_down(const FullQueue& full, const RoomInQueue& room) {
    const auto never = [](const Late& seen) { return seen.until_heard.shutting_down == 0; };
    const auto wrong = [](const Late& seen) { return seen.after.all() - seen.after.shutting_down; };
    const bool never_told = never(full) || never(room);
    const Late& worse = never(full) || (!never(room) && wrong(full) > 0) ? static_cast<const Late&>(full) : room;
    const std::string where = &worse == &full ? "With the queue full" : "With room in the queue";
    const std::string what = never(worse)
                                 ? (worse.was_cut && worse.until_heard.all() == 0
                                        ? " the connection was cut, and nobody was told anything"
                                        : " nobody was told shutting_down, but " + worse.until_heard.in_words())
                                 : " some were told shutting_down, and later ones " + worse.after.in_words();
    const double measured = wrong(full) + wrong(room) + (never(full) ? 1 : 0) + (never(room) ? 1 : 0);
    return judge_gain({.id = "step10.shutting-down",
                       .title = "An event that comes after the signal is told shutting_down",
                       .what = "late events told something else, of " + number(2 * (kLateClients + 1)),
                       .measured = measured,
                       .ratio = measured / (2 * (kLateClients + 1)),
                       .expected = "none, whether the queue is full or has room",
                       .bound = never_told && !heard_often(worse) ? by_chance(false) : counted(measured == 0),
                       .shown = "The queue is closed first, and a closed queue is told from a full one",
                       .cause = where + what,
                       .next = "Close the queue when the signal comes, and answer Push::closed with "
                               "wire::rejected_shutting_down()"});
}

Finding judge_deadline(const Ending& ending) {
    const double seconds = std::chrono::duration<double>(ending.took).count();
    const double deadline = std::chrono::duration<double>(kDrainTimeout).count();
    const bool early = ending.status && ending.took < kDrainTimeout;
    std::string cause = "It left after " + number(seconds) + " s with status " +
                        std::to_string(ending.status.value_or(-1)) + ", and accepted events were lost";
    std::string next = "End with app::report_drain(), which knows what was lost";
    if (!ending.status) {
        cause = "It still ran " + number(seconds) +
                " s after the signal, with --drain-timeout 500ms: somebody waits "
                "for workers without a limit";
        next = "Wait with workers.wait_until(deadline); when it says no, abandon the queue and the work";
    } else if (early) {
        cause = "It left after " + number(seconds) + " s, though its workers had until " + number(deadline) + " s";
        next = "Wait for the workers until the deadline";
    }
    return judge_gain({.id = "step10.deadline",
                       .title = "Where the workers need longer than the deadline, it leaves without them",
                       .what = "time from the signal to the end, with --drain-timeout 500ms and work of 30 s",
                       .measured = seconds,
                       .unit = "s",
                       .ratio = seconds / deadline,
                       .expected = "0.5 s and soon after, with status 1",
                       .bound = counted(ending.status == 1 && !early),
                       .shown = "The wait has a limit, and the work is abandoned beyond it",
                       .cause = cause,
                       .next = next});
}

Finding judge_replies(const Backlog& backlog) {
    Claim claim{.id = "step10.no-reply-is-missing",
                .title = "Whoever was read from gets its replies, also after Ctrl+C",
                .what = "events counted as received, and never answered",
                .expected = "none"};
    if (!backlog.ending.counts) return judge_unseen(std::move(claim), kNoCounts);
    const auto received = static_cast<double>(backlog.ending.counts->received);
    claim.measured = received - backlog.replies;
    claim.ratio = claim.measured / std::max(1.0, received);
    claim.bound = counted(claim.measured == 0 && received > 0);
    claim.shown = "The connections end when their replies are sent, not when the workers are done";
    claim.cause = "A client had sent events and not read its replies yet when the signal came: " + number(received) +
                  " events were received, and " + number(backlog.replies) + " replies came before the connection ended";
    claim.next = "End the connections with server.finish(deadline), which sends what is ready; stop() cuts them";
    return judge_gain(std::move(claim));
}

Finding judge_counts(const RoomInQueue& room) {
    Claim claim{.id = "step10.counted",
                .title = "The last line says what the clients were told",
                .what = "events that the last line is off",
                .expected = "none"};
    if (!room.ending.counts) return judge_unseen(std::move(claim), kNoCounts);
    const metrics::Counts& counts = *room.ending.counts;
    const auto off = [](std::uint64_t counted, double told) { return std::abs(static_cast<double>(counted) - told); };
    const double refused = room.all.busy + room.all.shutting_down;
    claim.measured =
        off(counts.received, room.all.all()) + off(counts.processed, room.all.accepted) + off(counts.dropped, refused);
    claim.ratio = claim.measured / room.all.all();
    claim.bound = counted(claim.measured == 0);
    claim.shown = "Each event counts as received, and once more for what became of it";
    claim.cause = "The clients were told " + room.all.in_words() + ", and the last line says " +
                  number(static_cast<double>(counts.received)) + " received, " +
                  number(static_cast<double>(counts.processed)) + " processed, " +
                  number(static_cast<double>(counts.dropped)) + " dropped";
    claim.next = "Count received once for each event, dropped where it is refused, for whichever reason";
    return judge_gain(std::move(claim));
}

// The load before may have shown it already.
bool is_known(const Lesson& lesson, std::string_view id) {
    return std::any_of(lesson.findings.begin(), lesson.findings.end(),
                       [&](const Finding& finding) { return finding.id == id; });
}

}  // namespace

void judge_late_events(Lesson& lesson, const Program& program, Context& context) {
    if (context.wants({"step10.busy", "step10.shutting-down", "step10.deadline", "step10.counted"})) {
        const FullQueue full = interrupt_full_queue(program, context);
        const RoomInQueue room = interrupt_with_room(program, context);
        lesson.findings.push_back(judge_busy(full));
        lesson.findings.push_back(judge_shutting_down(full, room));
        lesson.findings.push_back(judge_deadline(full.ending));
        const bool told = room.until_heard.shutting_down > 0;
        if (told && !is_known(lesson, "step10.counted")) lesson.findings.push_back(judge_counts(room));
    }
    if (!is_known(lesson, "step10.no-reply-is-missing") && context.wants({"step10.no-reply-is-missing"})) {
        lesson.findings.push_back(judge_replies(interrupt_backlog(program, context)));
    }
}

}  // namespace station::lesson
