// Step 6: many workers take from the channel. Throughput grows with them, and the balances go wrong.
#include <station/app/options.hpp>
#include <station/app/run.hpp>
#include <station/flow/bounded_channel.hpp>
#include <station/flow/worker_pool.hpp>
#include <station/metrics/counters.hpp>
#include <station/net/line_server.hpp>
#include <station/state/racy_balances.hpp>
#include <station/wire/reply.hpp>
#include <station/wire/request.hpp>

using namespace station;

int main(int argc, char** argv) {
    const auto options =
        app::parse(argc, argv,
                   {.name = "step06_worker_threads", .port = 7006, .work = true, .queue = true, .workers = true});
    flow::BoundedChannel<wire::Event> queue{options.queue};
    state::RacyBalances balances;
    metrics::LockedCounters counters;

    net::LineServer server(options.server(), [&](std::string_view line) {
        auto request = wire::parse_request(line, {.balance = true});
        if (!request) return wire::error(request.error());
        if (const auto* const query = std::get_if<wire::BalanceQuery>(&*request)) {
            return wire::ok(balances.balance(query->user));
        }

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
