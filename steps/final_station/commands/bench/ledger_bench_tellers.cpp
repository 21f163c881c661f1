#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <station/ledger/store/entity_update.hpp>
#include <station/ledger/store/sqlite_cache.hpp>
#include <station/ledger/wire/message_pack.hpp>
#include <thread>

#include "ledger_bench_parts.hpp"

namespace station::final_station {
namespace {

constexpr int kTellers = 8;
constexpr ledger::EventKind kTellerOpened = ledger::EventKind::custom(1, 2);
constexpr ledger::EventKind kTellerPaid = ledger::EventKind::custom(1, 3);

// What is left behind the event, as its teller has it.
struct Till {
    static constexpr std::string_view name = "bench-till";
    static constexpr std::uint64_t schema_version = 1;
    static constexpr std::array relevant_kinds{kTellerOpened, kTellerPaid};

    std::int64_t cents = 0;

    void apply(const ledger::StoredEvent&, const ledger::Payload& payload) {
        ledger::PackReader reader{payload.bytes()};
        reader.map();
        reader.key("left");
        cents = reader.integer();
    }
    std::vector<std::byte> to_bytes() const {
        std::vector<std::byte> bytes;
        ledger::PackWriter{bytes}.integer(cents);
        return bytes;
    }
    static std::optional<Till> from_bytes(ledger::Bytes bytes) {
        ledger::PackReader reader{bytes};
        const Till till{reader.integer()};
        return reader.ok() && reader.at_end() ? std::optional{till} : std::nullopt;
    }
};

std::vector<std::byte> till_payload(std::int64_t left) {
    std::vector<std::byte> bytes;
    ledger::PackWriter writer{bytes};
    writer.map(1);
    writer.string("left");
    writer.integer(left);
    return bytes;
}

// What all tellers have come to.
struct TellerResults {
    std::atomic<std::uint64_t> paid{0};
    std::atomic<std::uint64_t> decisions{0};
    std::atomic<int> refused{0};
    std::atomic<std::uint64_t> twice{0};  // orders that were booked again when they were given again
    std::mutex mutex;
    std::string trouble;

    void stop(std::string why) {
        const std::lock_guard lock{mutex};
        if (trouble.empty()) trouble = std::move(why);
    }
};

// Pays out cent by cent until there is none, or the time is over. Each order is given twice, as by somebody who got no
// answer.
void pay_out(ledger::Store& store, const ledger::Coordinate& account, std::uint64_t teller,
             std::chrono::steady_clock::time_point end, TellerResults& results) {
    const auto decide = [&](const Till& now) -> ledger::Decision {
        ++results.decisions;
        if (now.cents < 1) return tl::unexpected(ledger::Denial{"empty", "there is nothing left"});
        return ledger::Decided{kTellerPaid, till_payload(now.cents - 1)};
    };
    const ledger::EventId account_id = ledger::reaction_key({}, account.entity());
    for (std::uint64_t order = 0; std::chrono::steady_clock::now() < end; ++order) {
        const std::string name = std::to_string(teller) + "/" + std::to_string(order);
        const ledger::UpdateOptions options{.key = ledger::reaction_key(account_id, name)};
        const auto first = ledger::update<Till>(store, account, options, decide);
        if (!first) return results.stop(first.error().message());
        if (!*first) {
            ++results.refused;
            return;
        }
        ++results.paid;
        const auto again = ledger::update<Till>(store, account, options, decide);
        if (!again) return results.stop(again.error().message());
        if (!*again || (*again)->event_id != (*first)->event_id) ++results.twice;
    }
}

}  // namespace

int ledger_bench_tellers(const LedgerBenchOptions& options) {
    const std::uint64_t most = options.events > 0 ? options.events : 1'000'000;
    ledger::StoreConfig config{.dir = options.dir + "/tellers",
                               .durability = *log::Durability::parse(options.durability)};
    config.cache = std::make_shared<ledger::SqliteCache>(ledger::SqliteCache::default_file(config));
    auto store = ledger::Store::open(config);
    if (!store) return fail(store.error().message());
    // Each run has an account of its own, opened with so many cents.
    const auto account = ledger::Coordinate::make("till:" + std::to_string(store->size()), "bench");
    const auto opened = store->append(*account, kTellerOpened, till_payload(static_cast<std::int64_t>(most)),
                                      {.expect = ledger::Expect::none()});
    if (!opened) return fail(opened.error().message());

    TellerResults results;
    const auto began = std::chrono::steady_clock::now();
    const auto end =
        began + std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>{options.seconds});
    {
        std::vector<std::jthread> tellers;
        for (std::uint64_t i = 0; i < kTellers; ++i) {
            tellers.emplace_back([&, i] { pay_out(*store, *account, i, end, results); });
        }
    }
    const double took = std::chrono::duration<double>{std::chrono::steady_clock::now() - began}.count();
    if (!results.trouble.empty()) return fail(results.trouble);
    const auto left = store->project<Till>(account->entity());
    const auto last = store->last(account->entity());
    if (!left || !*left || !last || !*last) return fail("the account can't be read");
    const std::uint64_t events = (**last)->header.position.sequence;
    const auto paid = static_cast<double>(results.paid);
    BenchJson line = ledger_row("tellers", events);
    line["account"] = account->entity();
    line["tellers"] = kTellers;
    line["durability"] = options.durability;
    line["answered"] = results.paid.load();
    line["left"] = (*left)->cents;
    line["refused"] = results.refused.load();
    line["updates_per_second"] = rounded(paid / took);
    line["decisions_per_update"] = rounded(paid > 0 ? static_cast<double>(results.decisions) / paid : 0);
    if (const auto closed = store->close(); !closed) return fail(closed.error().message());
    if (const int status = show(line, options.json)) return status;
    const bool adds_up = events == results.paid && static_cast<std::uint64_t>((*left)->cents) + events == most;
    return adds_up && results.twice == 0 ? 0 : fail("updates were lost, or made twice");
}

}  // namespace station::final_station
