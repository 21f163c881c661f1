// Step 9: counters without a lock, and a request that reads them while the server runs.
#include <station/app/options.hpp>
#include <station/app/run.hpp>
#include <station/flow/bounded_channel.hpp>
#include <station/flow/worker_pool.hpp>
#include <station/metrics/counters.hpp>
#include <station/net/line_server.hpp>
#include <station/state/sharded_balances.hpp>
#include <station/wire/reply.hpp>
#include <station/wire/request.hpp>

using namespace station;

int main(int argc, char** argv) {
    const auto options = app::parse(
        argc, argv,
        {.name = "step09_atomic_metrics", .port = 7009, .work = true, .queue = true, .workers = true, .shards = true});
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
        if (queue.try_push(std::get<wire::Event>(std::move(*request))) == flow::Push::ok) return wire::accepted();
        counters.dropped();
        return wire::rejected_server_busy();
    });

    flow::WorkerPool workers(options.workers, [&] {
        while (const auto event = queue.pop()) {
            balances.apply(*event, options.work) ? counters.processed() : counters.dropped();
        }
    });

    const int status = app::run(server, options, [&] {
        queue.abandon();
        options.work.abandon();
        server.stop();
    });

    queue.abandon();
    workers.join();
    return app::report(status, counters.snapshot());
}
