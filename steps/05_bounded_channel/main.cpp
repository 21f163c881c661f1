// Step 5: the coroutine only takes in; a bounded channel carries the event to a thread of its own, or says no.
#include <station/app/options.hpp>
#include <station/app/run.hpp>
#include <station/flow/bounded_channel.hpp>
#include <station/flow/worker_pool.hpp>
#include <station/metrics/counters.hpp>
#include <station/net/line_server.hpp>
#include <station/state/plain_balances.hpp>
#include <station/wire/reply.hpp>
#include <station/wire/request.hpp>

using namespace station;

int main(int argc, char** argv) {
    const auto options =
        app::parse(argc, argv, {.name = "step05_bounded_channel", .port = 7005, .work = true, .queue = true});
    flow::BoundedChannel<wire::Event> queue{options.queue};
    state::PlainBalances balances;
    metrics::LockedCounters counters;

    net::LineServer server(options.server(), [&](std::string_view line) {
        auto event = wire::parse_event(line);
        if (!event) return wire::error(event.error());

        counters.received();
        if (queue.try_push(std::move(*event)) == flow::Push::ok) return wire::accepted();
        counters.dropped();
        return wire::rejected_server_busy();
    });

    flow::WorkerPool workers(1, [&] {
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
