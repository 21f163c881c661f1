// Step 8: a lock for each shard of the map, shared by readers. The reply waits for the worker and carries the balance.
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

struct Job {
    wire::Event event;
    net::Responder respond;
};

int main(int argc, char** argv) {
    const auto options = app::parse(
        argc, argv,
        {.name = "step08_sharded_map", .port = 7008, .work = true, .queue = true, .workers = true, .shards = true});
    flow::BoundedChannel<Job> queue{options.queue};
    state::ShardedBalances balances{options.shards};
    metrics::LockedCounters counters;

    net::LineServer server(options.server(), [&](std::string_view line, net::Responder respond) {
        auto request = wire::parse_request(line, {.balance = true});
        if (!request) return respond(wire::error(request.error()));
        if (const auto* const query = std::get_if<wire::BalanceQuery>(&*request)) {
            return respond(wire::ok(balances.balance(query->user)));
        }

        counters.received();
        if (queue.try_push({std::get<wire::Event>(std::move(*request)), respond}) == flow::Push::ok) return;
        counters.dropped();
        respond(wire::rejected_server_busy());
    });

    flow::WorkerPool workers(options.workers, [&] {
        while (const auto job = queue.pop()) {
            const auto balance = balances.apply(job->event, options.work);
            balance ? counters.processed() : counters.dropped();
            job->respond(balance ? wire::ok(*balance) : wire::error_balance_overflow());
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
