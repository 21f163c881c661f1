// Step 10 in the zoo: a right drain, and on request one whose lines stand in the wrong order, or say the wrong thing.
#include <chrono>
#include <csignal>
#include <station/app/options.hpp>
#include <station/app/run.hpp>
#include <station/flow/bounded_channel.hpp>
#include <station/flow/worker_pool.hpp>
#include <station/metrics/counters.hpp>
#include <station/net/line_server.hpp>
#include <station/state/sharded_balances.hpp>
#include <station/wire/reply.hpp>
#include <station/wire/request.hpp>
#include <station/zoo.hpp>

using namespace station;

// What an event is told that the queue did not take.
wire::Reply refusal(flow::Push pushed) {
    if (zoo::has("busy-while-draining")) return wire::rejected_server_busy();
    if (zoo::has("shutting-down-while-full")) return wire::rejected_shutting_down();
    return pushed == flow::Push::full ? wire::rejected_server_busy() : wire::rejected_shutting_down();
}

int main(int argc, char** argv) {
    const auto options = app::parse(argc, argv,
                                    {.name = "step10_graceful_shutdown",
                                     .port = 7010,
                                     .work = true,
                                     .queue = true,
                                     .workers = true,
                                     .shards = true,
                                     .drain = true});
    flow::BoundedChannel<wire::Event> queue{options.queue};
    state::ShardedBalances balances{options.shards};
    metrics::AtomicCounters counters;

    net::LineServer server(options.server(), [&](std::string_view line) {
        auto request = wire::parse_request(line, {.balance = true, .metrics = true});
        if (!request) return wire::error(request.error());
        if (const auto* const query = std::get_if<wire::BalanceQuery>(&*request)) {
            return wire::ok(balances.balance(query->user));
        }
        if (std::holds_alternative<wire::MetricsQuery>(*request)) return wire::Reply{to_json(counters.snapshot())};
        if (std::holds_alternative<wire::HealthQuery>(*request)) return wire::ok();

        counters.received();
        const flow::Push pushed = queue.try_push(std::get<wire::Event>(std::move(*request)));
        if (pushed == flow::Push::ok) return wire::accepted();
        if (pushed == flow::Push::full || !zoo::has("late-events-uncounted")) counters.dropped();
        return refusal(pushed);
    });

    flow::WorkerPool workers(options.workers, [&] {
        while (const auto event = queue.pop()) {
            balances.apply(*event, options.work) ? counters.processed() : counters.dropped();
        }
    });

    const int status = app::run(server, options, [&] {
        const auto deadline = std::chrono::steady_clock::now() + options.drain_timeout;
        server.drain();
        queue.close();
        if (zoo::has("crash-while-draining")) std::raise(SIGSEGV);
        if (zoo::has("joins-without-deadline")) {
            workers.join();
        } else if (!workers.wait_until(deadline)) {
            queue.abandon();
            options.work.abandon();
        }
        zoo::has("stops-instead-of-finishing") ? server.stop() : server.finish(deadline);
    });

    queue.abandon();
    workers.join();
    return app::report_drain(status, counters.snapshot());
}
