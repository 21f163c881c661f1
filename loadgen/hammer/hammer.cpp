#include <loadgen/hammer/hammer.hpp>
#include <loadgen/hammer/subscribers.hpp>
#include <loadgen/hammer/worker.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <station/base/descriptor_limit.hpp>
#include <station/flow/worker_pool.hpp>
#include <system_error>

namespace station::hammer {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostSpans = 1000;
constexpr std::chrono::milliseconds kProgressTime{200};
// Beside the connections: standard streams, one epoll a thread.
constexpr std::size_t kOtherDescriptors = 64;
// Longest wait for the last deliveries after an interrupt.
constexpr Nanoseconds kInterruptedPatience = std::chrono::milliseconds{500};

std::size_t all_connections(const Plan& plan) {
    return plan.connections + plan.idle + plan.dribblers + plan.subscribers;
}

void add_spans(const Worker& worker, std::vector<Span>& spans) {
    for (const Connection& connection : worker.connections()) {
        if (connection.role == Role::active && connection.number < spans.size()) {
            spans[connection.number] = connection.span;
        }
    }
}

// Of an open loop: what was due, and how long those waited that nobody answered.
void add_due(const std::vector<std::unique_ptr<Worker>>& workers, Result& result) {
    Nanoseconds end{0};
    for (const auto& worker : workers) {
        const Worker::Totals& totals = worker->totals();
        result.due += totals.due;
        result.unsent += totals.unsent;
        result.cut_off += totals.cut_off;
        result.elapsed = std::max({result.elapsed, totals.due_until, totals.last_reply});
        end = std::max(end, totals.ended);
    }
    for (const auto& worker : workers) worker->add_unanswered(end, result.latency);
}

void add_totals(const std::vector<std::unique_ptr<Worker>>& workers, Result& result) {
    Nanoseconds first_sent = Nanoseconds::max();
    Nanoseconds last_reply{0};
    Nanoseconds error_at = Nanoseconds::max();
    for (const auto& worker : workers) {
        const Worker::Totals& totals = worker->totals();
        result.connected += totals.connected;
        result.connect_failures += totals.connect_failures;
        result.reset += totals.reset;
        first_sent = std::min(first_sent, totals.first_sent);
        last_reply = std::max(last_reply, totals.last_reply);
        if (!totals.first_error.empty() && totals.error_at <= error_at) {
            error_at = totals.error_at;
            result.first_error = totals.first_error;
        }
        add_spans(*worker, result.spans);
    }
    result.elapsed = std::max(last_reply - std::min(first_sent, last_reply), Nanoseconds{0});
}

std::optional<std::uint64_t> last_acknowledged(const std::vector<std::unique_ptr<Worker>>& workers) {
    std::optional<std::uint64_t> last;
    for (const auto& worker : workers) {
        const auto& one = worker->totals().last_acknowledged;
        if (one) last = std::max(last.value_or(0), *one);
    }
    return last;
}

Result not_found(const Plan& plan, std::error_code error) {
    Result result;
    result.connect_failures = all_connections(plan);
    result.first_error = "cannot find " + plan.target.host + ": " + error.message();
    return result;
}

}  // namespace

Result run(const Plan& plan, const std::atomic<bool>& interrupted, const Progress& progress) {
    const auto addresses = base::resolve(plan.target.host, plan.target.port);
    if (!addresses) return not_found(plan, addresses.error());
    base::raise_descriptor_limit(all_connections(plan) + kOtherDescriptors);

    const Requests requests{plan};
    const std::size_t threads = std::clamp<std::size_t>(plan.threads, 1, std::max<std::size_t>(plan.connections, 1));
    const Payloads payloads{plan};
    Series series{threads, plan.open_loop()};
    std::optional<Subscribers> subscribers;
    if (plan.subscribers > 0) {
        subscribers.emplace(plan, *addresses);
        subscribers->wait_until_subscribed();
    }
    const auto start = Clock::now();
    if (subscribers) subscribers->begin(start);
    const Run run{plan, requests, payloads, *addresses, interrupted, series, threads, start};

    std::vector<std::unique_ptr<Worker>> workers;
    for (std::size_t i = 0; i < threads; ++i) workers.push_back(std::make_unique<Worker>(run, i));
    std::atomic<std::size_t> next{0};
    flow::WorkerPool pool{threads, [&] { workers[next++]->run(); }};
    while (!pool.wait_until(Clock::now() + kProgressTime)) {
        if (!progress) continue;
        Sample now = series.so_far();
        if (subscribers) now.delivered = subscribers->delivered();
        progress(now, Clock::now() - start);
    }
    pool.join();

    Result result;
    series.finish(result);
    result.spans.resize(std::min(plan.connections, kMostSpans));
    result.interrupted = interrupted.load();
    add_totals(workers, result);
    if (plan.open_loop()) {
        add_due(workers, result);
    } else {
        result.due = result.sent;
    }
    if (subscribers) {
        const Nanoseconds patience = result.interrupted ? std::min(plan.patience, kInterruptedPatience) : plan.patience;
        subscribers->finish(last_acknowledged(workers), patience, result);
    }
    return result;
}

Result run(const Plan& plan) {
    const std::atomic<bool> never{false};
    return run(plan, never);
}

}  // namespace station::hammer
