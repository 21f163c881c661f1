#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <random>
#include <station/ledger/store/verify.hpp>
#include <station/log/layout.hpp>
#include <thread>

#include "ledger_bench_parts.hpp"

namespace station::final_station {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kManyEvents = 1'000'000;
constexpr std::uint64_t kMostEvents = 10'000'000;

double millis_since(Clock::time_point since) {
    return std::chrono::duration<double, std::milli>{Clock::now() - since}.count();
}

ledger::EventId key_of(std::uint64_t event) {
    std::array<std::byte, ledger::EventId::kSize> bytes{};
    std::mt19937_64 random{event};
    for (std::size_t i = 0; i < bytes.size(); i += 8) {
        const std::uint64_t bits = random();
        for (std::size_t k = 0; k < 8; ++k) bytes[i + k] = static_cast<std::byte>(bits >> (8 * k));
    }
    return ledger::EventId{bytes};
}

// 100 events an entity.
LedgerFill many(const LedgerBenchOptions& options) {
    const std::uint64_t events = options.events > 0 ? options.events : kManyEvents;
    return {options.dir + "/stored", events, std::max<std::uint64_t>(1, events / 100), json_of_size(options.size)};
}

// In a process of its own, before this one has any threads: a status, or that it was killed.
std::optional<int> status_of_child(const std::function<int()>& run) {
    std::fflush(stdout);
    const pid_t child = ::fork();
    if (child == 0) {
        const int status = run();
        std::fflush(stdout);
        ::_exit(status);
    }
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child) return fail("no child process");
    if (WIFSIGNALED(status)) return std::nullopt;
    return WEXITSTATUS(status);
}

// As many behind the last checkpoint as there can be, nearly; then it is killed while it appends.
int fill_and_die(const LedgerFill& fill) {
    auto store = open_filled(fill);
    if (!store) return fail(store.error().message());
    const std::uint64_t every = ledger::StoreConfig{}.checkpoint_every;
    const std::uint64_t behind = fill.events < every ? 0 : every - every / 50 - fill.events % every;
    if (const auto error = fill_ledger(*store, fill, fill.events + behind); !error.empty()) return fail(error);
    std::jthread killer([] {
        std::this_thread::sleep_for(std::chrono::milliseconds{3});
        ::kill(::getpid(), SIGKILL);
    });
    return fail(fill_ledger(*store, fill, ~std::uint64_t{0}));
}

struct Opened {
    double log_ms = 0;
    double ledger_ms = 0;  // beyond the log's
    std::uint64_t events = 0;
};

ledger::Result<Opened> timed_open(const LedgerFill& fill, const std::function<void(const ledger::Store&)>& look = {}) {
    Opened opened;
    const auto began = Clock::now();
    log::BusConfig config;
    config.dir = fill.dir;
    config.durability = *log::Durability::parse("os");
    auto bus = log::Bus::open(std::move(config));
    if (!bus) return ledger::failed(bus.error().code, bus.error().where);
    const auto topic = bus->topic("ledger");
    if (!topic) return ledger::failed(topic.error(), "ledger");
    opened.log_ms = millis_since(began);
    const auto log_open = Clock::now();
    auto store = ledger::Store::on(*topic, {.dir = fill.dir});
    if (!store) return tl::unexpected(store.error());
    opened.ledger_ms = millis_since(log_open);
    opened.events = store->size();
    if (look) look(*store);
    if (auto closed = store->close(); !closed) return tl::unexpected(closed.error());
    return opened;
}

int show_open(const LedgerBenchOptions& options, const LedgerFill& fill, const char* how, double most_ms) {
    const auto opened = timed_open(fill);
    if (!opened) return fail(opened.error().message());
    BenchJson line = ledger_row("open", opened->events);
    line["how"] = how;
    line["log_ms"] = rounded(opened->log_ms);
    add_aim(line, {"beyond_ms", opened->ledger_ms, Aim::Must::at_most, most_ms});
    return show(line, options.json);
}

// This process's memory without what of the log's segments is mapped.
std::uint64_t resident_without_log() {
    std::ifstream maps{"/proc/self/smaps"};
    std::uint64_t sum = 0;
    bool of_log = false;
    for (std::string line; std::getline(maps, line);) {
        if (line.starts_with("Rss:")) {
            if (!of_log) sum += std::strtoull(line.c_str() + 4, nullptr, 10) << 10;
        } else if (line.find('-') < line.find(':')) {  // a mapping's first line: its addresses
            of_log = line.ends_with(".seg");
        }
    }
    return sum;
}

int fill_in_child(const LedgerBenchOptions& options, const LedgerFill& fill, bool say_memory) {
    const auto status = status_of_child([&] {
        const std::uint64_t before = resident_without_log();
        auto store = open_filled(fill);
        if (!store) return fail(store.error().message());
        if (store->size() >= fill.events) return 0;
        const BenchRun run;
        if (const auto error = fill_ledger(*store, fill, fill.events); !error.empty()) return fail(error);
        if (say_memory) {
            BenchJson line = ledger_row("memory", store->size());
            line["how"] = "while appending";
            line["events_per_second"] = static_cast<std::uint64_t>(static_cast<double>(fill.events) / run.seconds());
            line["resident_bytes_per_event"] = rounded(static_cast<double>(resident_without_log() - before) /
                                                       static_cast<double>(store->size()));
            show(line, options.json);
        }
        const auto closed = store->close();
        return closed ? 0 : fail(closed.error().message());
    });
    return status ? *status : fail("the child was killed");
}

// Rounds of `ask`, which gets a random number, until the time is up.
template <typename Ask>
double rounds_per_second(double seconds, Ask ask) {
    constexpr int kRounds = 256;
    std::mt19937_64 random{1};
    std::uint64_t rounds = 0;
    const BenchRun run;
    while (run.seconds() < seconds) {
        for (int i = 0; i < kRounds; ++i) ask(random());
        rounds += kRounds;
    }
    return static_cast<double>(rounds) / (run.cores() * run.seconds());
}

}  // namespace

ledger::Result<ledger::Store> open_filled(const LedgerFill& fill) {
    return ledger::Store::open({.dir = fill.dir, .durability = *log::Durability::parse("os")});
}

std::string fill_ledger(ledger::Store& store, const LedgerFill& fill, std::uint64_t events) {
    constexpr std::uint64_t kInFlight = 10'000;
    constexpr std::uint64_t kScopes = 100;
    const auto payload = ledger::json_to_pack(fill.json);
    if (!payload) return payload.error().message();
    std::atomic<std::uint64_t> done{store.size()};
    std::atomic<bool> failed{false};
    std::string error;
    for (std::uint64_t i = store.size(); i < events && !failed; ++i) {
        while (i - done.load() >= kInFlight) std::this_thread::yield();
        const auto coordinate = ledger::Coordinate::make(fill.entity(i), "scope:" + std::to_string(i % kScopes));
        store.start_append(*coordinate, kStoredKind, *payload, {.idempotency_key = key_of(i)},
                           [&](const ledger::Result<ledger::AppendReceipt>& receipt, bool) {
                               if (!receipt && !failed.exchange(true)) error = receipt.error().message();
                               done.fetch_add(1);
                           });
    }
    if (const auto closed = failed ? ledger::Result<void>{} : store.sync(); !closed) return closed.error().message();
    return failed ? error : "";
}

int ledger_bench_open(const LedgerBenchOptions& options) {
    LedgerFill fill = many(options);
    std::filesystem::remove_all(fill.dir);
    if (const auto status = status_of_child([&] { return fill_and_die(fill); })) return *status;
    if (const int status = show_open(options, fill, "killed", 50)) return status;
    if (const int status = show_open(options, fill, "closed", 50)) return status;
    std::filesystem::remove_all(fill.dir + "/" + log::kTopicsFolder + "/ledger/index");
    return show_open(options, fill, "no checkpoint", 1500);
}

int ledger_bench_get(const LedgerBenchOptions& options) {
    const LedgerFill fill = many(options);
    if (const int status = fill_in_child(options, fill, false)) return status;
    auto store = open_filled(fill);
    if (!store) return fail(store.error().message());
    const auto all = store->query(ledger::Region::all());
    if (!all) return fail(all.error().message());
    std::vector<ledger::EventId> ids;
    constexpr std::uint64_t kIds = 100'000;
    std::mt19937_64 random{1};
    for (std::uint64_t i = 0; i < kIds; ++i) {
        const auto event = all->read(random() % all->size());
        if (!event) return fail(event.error().message());
        ids.push_back((*event)->header.event_id);
    }
    std::uint64_t missing = 0;
    const double rate = rounds_per_second(options.seconds, [&](std::uint64_t r) {
        const ledger::EventId& id = ids[r % ids.size()];
        const auto event = store->get(id);
        if (!event || (*event)->header.event_id != id) ++missing;
    });
    if (missing > 0) return fail("an event was not found");
    BenchJson line = ledger_row("get", store->size());
    add_aim(line, {"per_cpu_second", rate, Aim::Must::at_least, 300'000});
    return show(line, options.json);
}

int ledger_bench_query(const LedgerBenchOptions& options) {
    const LedgerFill fill = many(options);
    if (const int status = fill_in_child(options, fill, false)) return status;
    auto store = open_filled(fill);
    if (!store) return fail(store.error().message());
    std::uint64_t failures = 0;
    std::uint64_t found = 0;
    std::uint64_t asked = 0;
    const auto ask = [&](std::uint64_t r) {
        auto list = store->stream(fill.entity(r));
        ++asked;
        if (list) found += list->size();
        if (!list) ++failures;
        return list;
    };
    const double finding = rounds_per_second(options.seconds, ask);
    const double each = static_cast<double>(found) / static_cast<double>(asked);
    std::uint64_t payload_bytes = 0;
    const double reading = rounds_per_second(options.seconds, [&](std::uint64_t r) {
        const auto list = ask(r);
        const auto read = list ? list->for_each([&](const ledger::StoredEvent& event) {
            payload_bytes += event->payload.size();
        }) : ledger::Result<void>{};
        if (!read) ++failures;
    });
    if (failures > 0 || payload_bytes == 0) return fail("a query failed");
    BenchJson line = ledger_row("query", store->size());
    line["events_each"] = rounded(each);
    add_aim(line, {"found_per_cpu_second", finding, Aim::Must::at_least, 20'000});
    line["found_and_read_per_cpu_second"] = rounded(reading);
    return show(line, options.json);
}

int ledger_bench_verify(const LedgerBenchOptions& options) {
    const LedgerFill fill = many(options);
    if (const int status = fill_in_child(options, fill, false)) return status;
    const BenchRun run;
    const auto verdict = ledger::verify({.dir = fill.dir});
    if (!verdict) return fail(verdict.error().message());
    if (verdict->wrong) return fail(verdict->wrong->message());
    const double cpu = run.cores() * run.seconds();
    BenchJson line = ledger_row("verify", verdict->records);
    line["bytes"] = verdict->bytes;
    line["seconds"] = rounded(run.seconds());
    add_aim(line, {"MB_per_cpu_second", static_cast<double>(verdict->bytes) / 1e6 / cpu, Aim::Must::at_least, 400});
    return show(line, options.json);
}

int ledger_bench_memory(const LedgerBenchOptions& options) {
    const std::uint64_t events = options.events > 0 ? options.events : kMostEvents;
    const LedgerFill fill{options.dir + "/memory", events, std::min<std::uint64_t>(events, 100'000), R"({"amount":1})"};
    if (const int status = fill_in_child(options, fill, true)) return status;
    const auto status = status_of_child([&] {
        const std::uint64_t before = resident_without_log();
        std::uint64_t after = 0;
        ledger::StoreStats stats;
        const auto opened = timed_open(fill, [&](const ledger::Store& store) {
            after = resident_without_log();
            stats = store.stats();
        });
        if (!opened) return fail(opened.error().message());
        const auto each = [&](std::uint64_t bytes) {
            return static_cast<double>(bytes) / static_cast<double>(opened->events);
        };
        BenchJson line = ledger_row("memory", opened->events);
        line["how"] = "opened";
        line["resident_bytes_per_event"] = rounded(each(after - std::min(before, after)));
        add_aim(line, {"index_bytes_per_event", each(stats.index_memory_bytes + stats.index_mapped_bytes), Aim::Must::at_most, 32});
        add_aim(line, {"open_ms", opened->log_ms + opened->ledger_ms, Aim::Must::at_most, 250});
        return show(line, options.json);
    });
    return status ? *status : fail("the child was killed");
}

}  // namespace station::final_station
