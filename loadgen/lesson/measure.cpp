#include <loadgen/lesson/measure.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <csignal>
#include <loadgen/lesson/experiments.hpp>
#include <loadgen/target/connection.hpp>
#include <random>
#include <station/metrics/histogram.hpp>
#include <thread>

namespace station::lesson {
namespace {

using namespace std::chrono_literals;

template <typename T, typename Measure>
const T& once(std::map<std::string, T>& known, const std::string& name, Measure&& measure) {
    const auto found = known.find(name);
    return found != known.end() ? found->second : known.emplace(name, measure()).first->second;
}

hammer::Plan overload(std::size_t users) {
    return {.connections = 32, .pipeline = 64, .rate = 10'000, .duration = 1s, .users = users, .buys_only = true};
}

Options workers_options(std::size_t workers) {
    // A short queue is full at once, and empty soon after the load has ended.
    return {"--work", "sleep:1ms", "--workers", std::to_string(workers), "--queue", "64"};
}

// nullopt where the reply has no balance, or none comes.
std::optional<std::int64_t> ask_balance(target::Connection& client, const std::string& user) {
    constexpr auto kPatience = 5s;
    client.send("{\"type\":\"balance\",\"user\":\"" + user + "\"}\n", kPatience);
    return integer_in(client.read_line(kPatience).line, "balance");
}

// Events that were accepted may still be queued: waits until the balance is `expected`, or has stood still for so long
// that even on a busy machine nothing more can come.
std::int64_t settled_balance(const Running& server, double expected) {
    constexpr auto kStill = 500ms;
    const auto give_up = std::chrono::steady_clock::now() + 10s;
    auto client = connect(server);
    std::optional<std::int64_t> last;
    auto since = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() < give_up) {
        const auto now = ask_balance(client, "user0");
        if (!now) throw CannotMeasure{"it did not answer {\"type\":\"balance\",\"user\":\"user0\"} with a balance"};
        if (now != last) since = std::chrono::steady_clock::now();
        if (static_cast<double>(*now) == expected || std::chrono::steady_clock::now() - since > kStill) return *now;
        last = now;
        std::this_thread::sleep_for(2ms);
    }
    throw CannotMeasure{"the balance still changed 10 s after the last event"};
}

Reads measure_reads(const Running& server) {
    std::atomic<bool> done{false};
    std::jthread writers([&] {
        auto plan = overload(1000);
        plan.duration = 60s;
        plan.target = server.endpoint;
        hammer::run(plan, done);
    });
    metrics::Histogram histogram;
    try {
        auto client = connect(server);
        std::minstd_rand random{1};
        const auto begin = std::chrono::steady_clock::now();
        // Due at a steady pace, and timed from when they are due: who asks again only after a reply asks most often
        // while nobody writes.
        constexpr auto kPace = 2ms;
        for (auto due = begin + 200ms; due < begin + 1500ms; due += kPace) {
            std::this_thread::sleep_until(due);
            const auto answered = ask_balance(client, "user" + std::to_string(random() % 1000));
            if (!answered) throw CannotMeasure{"a balance query was not answered while writers were busy"};
            const auto now = std::chrono::steady_clock::now();
            histogram.record(static_cast<std::uint64_t>((now - due).count()));
            if (now > begin + 4s) break;
        }
    } catch (...) {
        done = true;
        throw;
    }
    done = true;
    return {to_ms(histogram.percentile(50)), to_ms(histogram.percentile(99))};
}

}  // namespace

double throughput(const Program& program, std::size_t workers) {
    auto server = start(program, workers_options(workers));
    const auto plan = overload(1000);
    const auto rates = steady_rates(hit(server, plan), plan.duration);
    stop(server);
    return rates.served;
}

Interrupted interrupt_under_load(const Program& program, const std::string& drain_timeout) {
    auto server = start(program, {"--work", "sleep:1ms", "--workers", "8", "--drain-timeout", drain_timeout});
    // Asks nothing and stays: who waits for clients to leave by themselves waits for this one, too.
    const auto idle = target::Connection::open(server.endpoint, 5s);
    std::optional<std::chrono::steady_clock::time_point> told;
    auto plan = overload(1000);
    plan.duration = 3s;
    const auto result = hit(server, plan, [&](const auto&, hammer::Nanoseconds elapsed) {
        if (told || elapsed < 300ms) return;
        told = std::chrono::steady_clock::now();
        server.process.signal(SIGINT);
    });
    if (!told) throw CannotMeasure{"it ended before it was told to"};
    const Ending ending = wait_for_end(server, 15s);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - *told;
    if (!ending.status) return {.seconds = took.count()};
    if (!ending.counts) throw CannotMeasure{kNoCounts};
    return {.received = static_cast<double>(ending.counts->received),
            .accepted = static_cast<double>(result.replies.accepted + result.replies.ok),
            .processed = static_cast<double>(ending.counts->processed),
            .dropped = static_cast<double>(ending.counts->dropped),
            .status = ending.status,
            .seconds = took.count()};
}

double Scaling::with(double workers) const {
    const auto found =
        std::find_if(throughput.begin(), throughput.end(), [&](const auto& point) { return point.x == workers; });
    return found == throughput.end() ? 0 : found->y;
}

std::string Scaling::in_words() const {
    std::string workers;
    std::string rates;
    for (const draw::Point& point : throughput) {
        const char* const comma = workers.empty() ? "" : ", ";
        workers += comma + number(point.x);
        rates += comma + number(std::round(point.y));
    }
    return workers + " workers did " + rates + " events/s";
}

const Crowd& crowd(Context& context, const Program& program) {
    return once(context.known->crowds, program.name, [&] {
        context.progress(program.label + ": 50 clients, each stays 100 ms");
        auto server = start(program, {});
        const auto result =
            hit(server, {.connections = kCrowd, .hold = kStay, .patience = 15s, .mix = hammer::Mix::echo});
        Crowd seen{.spans = result.spans};
        hammer::Nanoseconds last{0};
        for (const auto& span : result.spans) {
            seen.served += span.first_reply.count() > 0 ? 1 : 0;
            last = std::max(last, span.ended);
        }
        seen.seconds = std::chrono::duration<double>(last).count();
        return seen;
    });
}

const Lone& lone_client(Context& context, const Program& program) {
    return once(context.known->lone, program.name, [&] {
        context.progress(program.label + ": one client alone");
        auto server = start(program, {});
        const hammer::Plan plan{.connections = 1, .duration = 600ms, .mix = hammer::Mix::echo};
        return Lone{hit(server, plan).rate()};
    });
}

const Latency& latency(Context& context, const Program& program, std::size_t clients) {
    const std::string label = program.label + ": " + std::to_string(clients) + " clients, 1 ms of work an event";
    return once(context.known->latencies, program.name + label, [&] {
        context.progress(label);
        auto server = start(program, {"--work", "cpu:1ms"});
        // A server that works while it should accept lets one more client in for each round of all that are in: with n
        // clients that is 1 + 2 + … + n ms before the last one is.
        const auto all_in = 200ms + std::chrono::milliseconds{clients * clients / 2};
        const auto duration = all_in + 800ms;
        return steady_latency(hit(server, {.connections = clients, .duration = duration}), all_in, duration);
    });
}

const Scaling& scaling(Context& context, const Program& program) {
    return once(context.known->scalings, program.name, [&] {
        Scaling seen;
        for (const std::size_t workers : {1U, 2U, 4U, 8U}) {
            context.progress(program.label + ": " + std::to_string(workers) + " workers");
            seen.throughput.push_back({static_cast<double>(workers), throughput(program, workers)});
        }
        return seen;
    });
}

const HotUser& hot_user(Context& context, const Program& program) {
    return once(context.known->hot_users, program.name, [&] {
        context.progress(program.label + ": 8 workers, one hot user");
        auto server = start(program, workers_options(8));
        auto plan = overload(1);
        plan.duration = 600ms;
        const auto result = hit(server, plan);
        HotUser seen;
        seen.accepted = result.replies.accepted + result.replies.ok;
        seen.balance = settled_balance(server, static_cast<double>(seen.accepted));
        const Ending ending = stop(server);
        seen.counted = ending.counts.has_value();
        seen.processed = seen.counted ? ending.counts->processed : seen.accepted;
        return seen;
    });
}

const Reads& reads(Context& context, const Program& program) {
    return once(context.known->reads, program.name, [&] {
        context.progress(program.label + ": balance queries while 8 workers write");
        auto server = start(program, workers_options(8));
        const Reads seen = measure_reads(server);
        stop(server);
        return seen;
    });
}

const Interrupted& interrupted(Context& context, const Program& program) {
    return once(context.known->interrupted, program.name, [&] {
        context.progress(program.label + ": Ctrl+C under load");
        const Interrupted seen = interrupt_under_load(program, "10s");
        if (!seen.status) throw CannotMeasure{"told to stop, it did not leave, and had to be killed"};
        return seen;
    });
}

}  // namespace station::lesson
