// Step 4: the coroutine that read an event also processes it. The reply is right, and everybody waits for it.
#include <station/app/options.hpp>
#include <station/app/run.hpp>
#include <station/metrics/counters.hpp>
#include <station/net/line_server.hpp>
#include <station/state/plain_balances.hpp>
#include <station/wire/reply.hpp>
#include <station/wire/request.hpp>

using namespace station;

int main(int argc, char** argv) {
    const auto options = app::parse(argc, argv, {.name = "step04_in_task_processing", .port = 7004, .work = true});
    state::PlainBalances balances;
    metrics::LockedCounters counters;

    net::LineServer server(options.server(), [&](std::string_view line) {
        const auto event = wire::parse_event(line);
        if (!event) return wire::error(event.error());

        counters.received();
        const auto balance = balances.apply(*event, options.work);
        balance ? counters.processed() : counters.dropped();
        return balance ? wire::ok(*balance) : wire::error_balance_overflow();
    });

    const int status = app::run(server, options);
    return app::report(status, counters.snapshot());
}
