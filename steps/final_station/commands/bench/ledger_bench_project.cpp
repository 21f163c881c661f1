#include <algorithm>
#include <station/ledger/store/sqlite_cache.hpp>
#include <station/ledger/wire/message_pack.hpp>

#include "ledger_bench_parts.hpp"

namespace station::final_station {
namespace {

using Clock = std::chrono::steady_clock;

// The sum of the amounts, each decoded.
struct Balance {
    static constexpr std::string_view name = "bench-balance";
    static constexpr std::uint64_t schema_version = 1;
    static constexpr std::array relevant_kinds{kStoredKind};

    std::int64_t cents = 0;
    std::uint64_t events = 0;

    void apply(const ledger::StoredEvent&, const ledger::Payload& payload) {
        ledger::PackReader reader{payload.bytes()};
        for (std::uint32_t left = reader.map(); left > 0; --left) {
            if (reader.string() == "amount") {
                cents += reader.integer();
            } else {
                reader.value();
            }
        }
        ++events;
    }
    std::vector<std::byte> to_bytes() const {
        std::vector<std::byte> bytes;
        ledger::PackWriter writer{bytes};
        writer.integer(cents);
        writer.unsigned_integer(events);
        return bytes;
    }
    static std::optional<Balance> from_bytes(ledger::Bytes bytes) {
        ledger::PackReader reader{bytes};
        const std::int64_t cents = reader.integer();
        const std::uint64_t events = reader.unsigned_integer();
        if (!reader.ok() || !reader.at_end()) return std::nullopt;
        return Balance{cents, events};
    }
};

// In microseconds; what it must have seen is `events`. Negative: it has not.
double timed_projection(const ledger::Store& store, const std::string& entity, std::uint64_t events) {
    const auto began = Clock::now();
    const auto balance = store.project<Balance>(entity);
    const double took = std::chrono::duration<double, std::micro>{Clock::now() - began}.count();
    return balance && *balance && (*balance)->events == events ? took : -1;
}

double median_of(std::vector<double> times) {
    std::sort(times.begin(), times.end());
    return times.front() < 0 ? -1 : times[times.size() / 2];
}

std::uint64_t events_of(const ledger::Store& store, const std::string& entity) {
    const auto last = store.last(entity);
    return last && *last ? (**last)->header.position.sequence + 1 : 0;
}

}  // namespace

int ledger_bench_project(const LedgerBenchOptions& options) {
    constexpr std::uint64_t kEntities = 10;
    constexpr int kRounds = 50;
    const LedgerFill fill{options.dir + "/projected", options.events > 0 ? options.events : 100'000, kEntities,
                          json_of_size(options.size)};
    ledger::StoreConfig config{.dir = fill.dir, .durability = *log::Durability::parse("os")};
    config.cache = std::make_shared<ledger::SqliteCache>(ledger::SqliteCache::default_file(config));
    auto store = ledger::Store::open(config);
    if (!store) return fail(store.error().message());
    if (const auto error = fill_ledger(*store, fill, fill.events); !error.empty()) return fail(error);
    if (const auto closed = store->close(); !closed) return fail(closed.error().message());

    const std::string entity = fill.entity(0);
    BenchJson line = ledger_row("project", 0);
    config.cache.reset();
    auto uncached = ledger::Store::open(config);
    if (!uncached) return fail(uncached.error().message());
    const std::uint64_t events = events_of(*uncached, entity);
    std::vector<double> cold;
    for (int round = 0; round < kRounds; ++round) cold.push_back(timed_projection(*uncached, entity, events));
    if (const auto closed = uncached->close(); !closed) return fail(closed.error().message());

    config.cache = std::make_shared<ledger::SqliteCache>(ledger::SqliteCache::default_file(config));
    auto cached = ledger::Store::open(config);
    if (!cached) return fail(cached.error().message());
    const auto coordinate = ledger::Coordinate::make(entity, "scope:0");
    std::vector<double> warm;
    timed_projection(*cached, entity, events);
    for (int round = 0; round < kRounds; ++round) {
        constexpr int kNew = 10;
        for (int i = 0; i < kNew; ++i) {
            const auto receipt = cached->append(*coordinate, kStoredKind, ledger::JsonText{fill.json});
            if (!receipt) return fail(receipt.error().message());
        }
        warm.push_back(timed_projection(*cached, entity, events + static_cast<std::uint64_t>(kNew * (round + 1))));
    }
    if (median_of(cold) < 0 || median_of(warm) < 0) return fail("a projection is not what was appended");
    line["events"] = events;
    add_aim(line, {"cold_ms", median_of(cold) / 1000, Aim::Must::at_most, 10});
    add_aim(line, {"cached_us", median_of(warm), Aim::Must::at_most, 100});
    if (const auto closed = cached->close(); !closed) return fail(closed.error().message());
    return show(line, options.json);
}

}  // namespace station::final_station
