// Step 2: what is left of clients that have left, and of a crowd that was too big.
#include <loadgen/check/lesson_verdict.hpp>
#include <loadgen/check/lessons.hpp>

#include <sys/resource.h>
#include <optional>
#include <thread>

namespace station::lesson {
namespace {

using namespace std::chrono_literals;

constexpr double kLeavers = 500;

// Memory that a round of clients adds, once the first rounds have filled what is kept for later.
double measure_leftovers(const Program& program, Context& context) {
    context.progress(program.label + ": clients that come and go");
    auto server = start(program, {});
    const hammer::Plan round{.connections = static_cast<std::size_t>(kLeavers), .hold = 1ms, .mix = hammer::Mix::echo};
    std::size_t before = 0;
    constexpr int kRounds = 6;
    for (int i = 0; i < kRounds; ++i) {
        if (i == 2) before = server.process.resident_bytes();
        hit(server, round);
    }
    const auto after = static_cast<double>(server.process.resident_bytes());
    return (after - static_cast<double>(before)) / ((kRounds - 2) * kLeavers);
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
        std::vector<check::Connection> crowd;
        for (rlim_t i = 0; i < 2 * kDescriptors; ++i) crowd.push_back(connect(server, std::to_string(i)));
        std::this_thread::sleep_for(50ms);  // accept() fails meanwhile, more than once
    }
    const auto begin = std::chrono::steady_clock::now();
    auto client = check::Connection::open(server.endpoint, 5s);
    if (!client) return std::nullopt;  // a server whose loop has nothing left to do ends
    if (server.recorder) client->record(server.recorder->recorder(), "after");
    client->send("still there?\n", 5s);
    if (client->read_line(5s).got != check::Connection::Got::line) return std::nullopt;
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

void judge_leavers(Lesson& lesson, const Program& program, Context& context) {
    if (context.wants({"step02.leavers-leave-nothing"})) {
        constexpr double kMostBytes = 1024;
        const double bytes = measure_leftovers(program, context);
        lesson.findings.push_back(judge_gain(
            {.id = "step02.leavers-leave-nothing",
             .title = "A client that has left leaves no memory behind",
             .what = "memory for each of 2,000 clients that came and left",
             .measured = bytes,
             .unit = "bytes",
             .ratio = bytes / kMostBytes,
             .expected = "under 1,024 bytes each",
             .bound = counted(bytes < kMostBytes),
             .shown = "A coroutine's frame goes when it returns, and all that it owns goes with it",
             .cause = "Memory grows by " + number(bytes) + " bytes with each client that comes and leaves: a leak",
             .next = "Find what is kept of a connection that has ended"}));
    }
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
