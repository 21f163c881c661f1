#include <loadgen/hammer/hammer.hpp>
#include <loadgen/hammer/worker.hpp>

#include <algorithm>
#include <memory>
#include <station/flow/worker_pool.hpp>

namespace station::hammer {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostSpans = 1000;
constexpr std::chrono::milliseconds kProgressTime{200};
// Beside the connections: standard streams, one epoll a thread.
constexpr std::size_t kOtherDescriptors = 64;

void add_spans(const Worker& worker, std::vector<Span>& spans) {
    for (const Connection& connection : worker.connections()) {
        if (connection.role == Role::active && connection.number < spans.size()) {
            spans[connection.number] = connection.span;
        }
    }
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

Result no_address(const Plan& plan) {
    Result result;
    result.connect_failures = plan.connections + plan.idle + plan.dribblers;
    result.first_error = "not an address: " + plan.target.host;
    return result;
}

}  // namespace

Result run(const Plan& plan, const std::atomic<bool>& interrupted, const Progress& progress) {
    const auto address = to_address(plan.target);
    if (!address) return no_address(plan);
    raise_descriptor_limit(plan.connections + plan.idle + plan.dribblers + kOtherDescriptors);

    const Requests requests{plan};
    const std::size_t threads =
        std::clamp<std::size_t>(plan.threads, 1, std::max<std::size_t>(plan.connections, 1));
    Series series{threads, plan.rate > 0};
    const auto start = Clock::now();
    const Run run{plan, requests, *address, interrupted, series, threads, start};

    std::vector<std::unique_ptr<Worker>> workers;
    for (std::size_t i = 0; i < threads; ++i) workers.push_back(std::make_unique<Worker>(run, i));
    std::atomic<std::size_t> next{0};
    flow::WorkerPool pool{threads, [&] { workers[next++]->run(); }};
    while (!pool.wait_until(Clock::now() + kProgressTime)) {
        if (progress) progress(series.so_far(), Clock::now() - start);
    }
    pool.join();

    Result result;
    series.finish(result);
    result.spans.resize(std::min(plan.connections, kMostSpans));
    result.interrupted = interrupted.load();
    add_totals(workers, result);
    return result;
}

Result run(const Plan& plan) {
    const std::atomic<bool> never{false};
    return run(plan, never);
}

}  // namespace station::hammer
