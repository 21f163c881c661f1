// Step 2: what is left of clients that have left, and of a crowd that was too big.
#include <loadgen/lesson/experiments.hpp>
#include <loadgen/lesson/judge.hpp>

#include <sys/resource.h>
#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

namespace station::lesson {
namespace {

using namespace std::chrono_literals;

constexpr double kLeavers = 500;

constexpr int kLeaverRounds = 5;

// What each client that comes and leaves adds to the memory, in bytes. An allocator keeps what was freed, and takes
// some more now and then: a leak grows in every round, so the round in the middle tells.
double measure_leftovers(const Program& program, Context& context) {
    context.progress(program.label + ": clients that come and go");
    auto server = start(program, {});
    hammer::Plan round{.connections = static_cast<std::size_t>(2 * kLeavers), .hold = 1ms, .mix = hammer::Mix::echo};
    hit(server, round);  // more at once than later, so that what is kept for reuse is there
    round.connections = static_cast<std::size_t>(kLeavers);
    hit(server, round);
    std::vector<double> growth;
    auto before = static_cast<double>(server.process.resident_bytes());
    for (int i = 0; i < kLeaverRounds; ++i) {
        hit(server, round);
        const auto now = static_cast<double>(server.process.resident_bytes());
        growth.push_back(now - std::exchange(before, now));
    }
    return median(std::move(growth)) / kLeavers;
}

constexpr double kHalfLines = 50;

// Descriptors that clients have left behind who went in the middle of a line; nullopt where nobody may look.
std::optional<double> measure_descriptors(const Program& program, Context& context) {
    context.progress(program.label + ": descriptors of clients that have left");
    auto server = start(program, {});
    {
        auto first = connect(server, "first");  // whatever a first client makes the program open
        first.send("hello\n", 5s);
        first.read_line(5s);
    }
    // A busy machine takes a while to notice that a client has left.
    const auto settled = [&](double most) {
        const auto give_up = std::chrono::steady_clock::now() + 3s;
        auto now = static_cast<double>(server.process.open_descriptors());
        while (now > most && std::chrono::steady_clock::now() < give_up) {
            std::this_thread::sleep_for(10ms);
            now = static_cast<double>(server.process.open_descriptors());
        }
        return now;
    };
    const auto before = static_cast<double>(server.process.open_descriptors());
    if (before == 0) return std::nullopt;
    for (int i = 0; i < static_cast<int>(kHalfLines); ++i) {
        auto client = connect(server, std::to_string(i));
        client.send(i % 2 == 0 ? "a whole line\nand half" : "half", 5s);
        i % 5 == 0 ? client.reset() : client.close();
    }
    {
        auto last = connect(server, "last");  // served in its turn, so all before it have been
        last.send("hello\n", 5s);
        last.read_line(5s);
    }
    return settled(before) - before;
}

// How long after the crowd has left until somebody new is served; nullopt: not within 5 s.
std::optional<double> measure_recovery(const Program& program, Context& context) {
    context.progress(program.label + ": more clients than it has descriptors");
    constexpr rlim_t kDescriptors = 40;
    auto server = start(program, {});
    const rlimit few{kDescriptors, kDescriptors};
    if (::prlimit(server.process.pid(), RLIMIT_NOFILE, &few, nullptr) != 0) {
        throw CannotMeasure{"the system does not let its descriptors be limited"};
    }
    {
        std::vector<target::Connection> crowd;
        for (rlim_t i = 0; i < 2 * kDescriptors; ++i) crowd.push_back(connect(server, std::to_string(i)));
        std::this_thread::sleep_for(50ms);  // accept() fails meanwhile, more than once
    }
    const auto begin = std::chrono::steady_clock::now();
    auto client = target::Connection::open(server.endpoint, 5s);
    if (!client) return std::nullopt;  // a server whose loop has nothing left to do ends
    if (server.recorder) client->record(server.recorder->recorder(), "after");
    client->send("still there?\n", 5s);
    if (client->read_line(5s).got != target::Connection::Got::line) return std::nullopt;
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

void judge_descriptors(Lesson& lesson, const Program& program, Context& context, const std::string& id) {
    if (!context.wants({id})) return;
    const auto left = measure_descriptors(program, context);
    if (!left) {
        lesson.not_run.push_back(id + " (the program's descriptors can't be looked at)");
        return;
    }
    lesson.findings.push_back(
        judge_gain({.id = id,
                    .title = "What a client took is free again when it has left",
                    .what = "descriptors left behind by 50 clients that left in the middle of a line",
                    .measured = std::max(0.0, *left),
                    .ratio = std::max(0.0, *left) / kHalfLines,
                    .expected = "none",
                    .bound = counted(*left < kHalfLines / 5),
                    .shown = "A socket closes its descriptor when it goes out of scope",
                    .cause = number(*left) + " descriptors are still open after 50 clients have left: in the end "
                                             "accept() fails for want of them",
                    .next = "Let the socket go with the conversation, however that ends"}));
}

void judge_leavers(Lesson& lesson, const Program& program, Context& context) {
    if (context.wants({"step02.leavers-leave-nothing"})) {
        constexpr double kMostBytes = 1024;
        const double bytes = measure_leftovers(program, context);
        lesson.findings.push_back(
            judge_gain({.id = "step02.leavers-leave-nothing",
                        .title = "A client that has left leaves no memory behind",
                        .what = "memory for each client that came and left, in the middle one of five rounds",
                        .measured = bytes,
                        .unit = "bytes",
                        .ratio = bytes / kMostBytes,
                        .expected = "under 1,024 bytes each",
                        .bound = counted(bytes < kMostBytes),
                        .shown = "A coroutine's frame goes when it returns, and all that it owns goes with it",
                        .cause = "Memory grows by " + number(bytes) +
                                 " bytes with each client that comes and leaves, round after round: a leak",
                        .next = "Find what is kept of a connection that has ended"}));
    }
    judge_descriptors(lesson, program, context, "step02.goes-on");
    if (context.wants({"step02.serves-again"})) {
        const auto seconds = measure_recovery(program, context);
        lesson.findings.push_back(
            judge_gain({.id = "step02.serves-again",
                        .title = "A server that ran out of descriptors serves again once there are some",
                        .what = "time until a new client is served, after a crowd that was too big has left",
                        .measured = seconds.value_or(5),
                        .unit = "s",
                        .ratio = seconds.value_or(5) / 5,
                        .expected = "within 5 s",
                        .bound = counted(seconds.has_value()),
                        .shown = "accept() failed, and the loop went on",
                        .cause = "Nobody is accepted any more after accept() has failed (too many open files)",
                        .next = "Go on accepting after an error, with a pause: steps/02_async_echo/main.cpp"}));
    }
}

}  // namespace station::lesson
