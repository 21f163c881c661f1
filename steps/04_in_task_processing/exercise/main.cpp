// Exercise 4: every event is answered as if it were the first one, nothing is counted, and nothing is refused.
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

        // ---- your part: apply the event, count it, answer with the balance or with the refusal ----
        return wire::ok(balances.apply(*event, options.work).value_or(0));
        // ---- end of your part ----
    });

    const int status = app::run(server, options);
    return app::report(status, counters.snapshot());
}
