#include <atomic>
#include <thread>

#include "acknowledgements.hpp"
#include "ledger_bench_parts.hpp"

namespace station::final_station {
namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t nanos_from(Clock::time_point since) {
    return static_cast<std::uint64_t>(std::chrono::nanoseconds{Clock::now() - since}.count());
}

// One appending thread, with entities of its own.
class LedgerPublisher {
  public:
    LedgerPublisher(ledger::Store& store, std::size_t number, std::size_t in_flight, const std::string& json)
        : store_(store), in_flight_(in_flight), payload_(ledger::PayloadOf<ledger::JsonText>::encode({json})) {
        constexpr std::size_t kEntities = 100;
        for (std::size_t i = 0; i < kEntities; ++i) {
            coordinates_.push_back(
                *ledger::Coordinate::make("account:" + std::to_string(number * kEntities + i), "bank"));
        }
    }

    void run(Clock::time_point until) { in_flight_ > 1 ? run_window(until) : run_one_by_one(until); }

    std::uint64_t events() const { return events_; }
    const metrics::Histogram& latency() const { return latency_; }
    std::string error() const { return failed_ ? error_ : ""; }

  private:
    const ledger::Coordinate& coordinate(std::uint64_t i) const { return coordinates_[i % coordinates_.size()]; }

    void run_one_by_one(Clock::time_point until) {
        while (Clock::now() < until) {
            const auto began = Clock::now();
            const auto receipt = store_.append(coordinate(events_), kStoredKind, ledger::Bytes{payload_});
            if (!receipt) return fail_with(receipt.error());
            latency_.record(nanos_from(began));
            ++events_;
        }
    }

    void run_window(Clock::time_point until) {
        // As the log's bench does: some events stand for all, and who publishes looks when half its window is free.
        constexpr std::uint64_t kSampled = 16;
        std::uint64_t submitted = 0;
        while ((submitted % 256 != 0 || Clock::now() < until) && !failed_) {
            if (submitted >= in_flight_) {
                const std::uint64_t least = submitted - in_flight_ + 1;
                acknowledgements_.wait_for(least, least + in_flight_ / 2 - 1);
            }
            const auto began = submitted % kSampled == 0 ? Clock::now() : Clock::time_point{};
            store_.start_append(coordinate(submitted), kStoredKind, payload_, {},
                                [this, began](const ledger::Result<ledger::AppendReceipt>& receipt, bool) {
                                    answered(receipt, began);
                                });
            ++submitted;
        }
        acknowledgements_.wait_for(submitted, submitted);
        events_ = submitted;
    }

    void answered(const ledger::Result<ledger::AppendReceipt>& receipt, Clock::time_point began) {
        if (!receipt) fail_with(receipt.error());
        if (began != Clock::time_point{}) latency_.record(nanos_from(began));
        acknowledgements_.one_more();
    }

    void fail_with(const ledger::Error& error) {
        if (!failed_.exchange(true)) error_ = error.message();
    }

    ledger::Store& store_;
    const std::size_t in_flight_;
    const std::vector<std::byte> payload_;  // what JSON became: the log is not given anything to parse either
    std::vector<ledger::Coordinate> coordinates_;
    std::uint64_t events_ = 0;
    metrics::Histogram latency_;
    std::atomic<bool> failed_{false};
    std::string error_;
    Acknowledgements acknowledgements_;
};

PublishResult append_load(ledger::Store& store, const BenchOptions& load, const std::string& json) {
    PublishResult result;
    std::vector<std::unique_ptr<LedgerPublisher>> publishers;
    for (std::size_t i = 0; i < load.publishers; ++i) {
        publishers.push_back(std::make_unique<LedgerPublisher>(store, i, load.in_flight, json));
    }
    const BenchRun run;
    const auto until =
        run.began + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>{load.seconds});
    {
        std::vector<std::jthread> threads;
        for (auto& publisher : publishers) threads.emplace_back([&publisher, until] { publisher->run(until); });
    }
    result.seconds = run.seconds();
    result.cores = run.cores();
    for (const auto& publisher : publishers) {
        result.events += publisher->events();
        result.latency.merge(publisher->latency());
        if (const auto error = publisher->error(); !error.empty()) result.error = error;
    }
    return result;
}

struct Total {
    std::uint64_t events = 0;
    double seconds = 0;
    double cpu = 0;  // seconds of a processor
    metrics::Histogram latency;

    void add(const PublishResult& part) {
        events += part.events;
        seconds += part.seconds;
        cpu += part.cores * part.seconds;
        latency.merge(part.latency);
    }
    double rate() const { return static_cast<double>(events) / seconds; }
    double cpu_us() const { return events == 0 ? 0 : cpu * 1e6 / static_cast<double>(events); }
};

// The log and the ledger on it by turns, on one disk and in one process, so that a slow spell hits both.
int compare_with_log(const LedgerBenchOptions& options, const char* row, std::size_t publishers, std::size_t in_flight,
                     double least) {
    constexpr int kTurns = 6;
    log::BusConfig config;
    config.dir = options.dir + "/append";
    config.durability = *log::Durability::parse(options.durability);
    auto bus = log::Bus::open(std::move(config));
    if (!bus) return fail(bus.error().message());
    const auto topic = bus->topic("ledger");
    if (!topic) return fail(topic.error().message());
    auto store = ledger::Store::on(*topic, {.dir = options.dir + "/append"});
    if (!store) return fail(store.error().message());
    BenchOptions load;
    load.size = options.size;
    load.publishers = publishers;
    load.in_flight = in_flight;
    load.seconds = options.seconds / kTurns;
    const std::string json = json_of_size(options.size);
    Total on_log;
    Total on_ledger;
    for (int turn = 0; turn < kTurns; ++turn) {
        const PublishResult of_log = publish_load(*bus, load);
        if (!of_log.error.empty()) return fail(of_log.error);
        on_log.add(of_log);
        const PublishResult of_ledger = append_load(*store, load, json);
        if (!of_ledger.error.empty()) return fail(of_ledger.error);
        on_ledger.add(of_ledger);
    }
    BenchJson line = ledger_row(row, on_ledger.events);
    line["publishers"] = publishers;
    line["in_flight"] = in_flight;
    line["durability"] = options.durability;
    line["size"] = json.size();
    line["events_per_second"] = static_cast<std::uint64_t>(on_ledger.rate());
    line["log_events_per_second"] = static_cast<std::uint64_t>(on_log.rate());
    add_aim(line, {"ratio", on_ledger.rate() / on_log.rate(), Aim::Must::at_least, least});
    line["cpu_us_per_event"] = rounded(on_ledger.cpu_us());
    line["log_cpu_us_per_event"] = rounded(on_log.cpu_us());
    add_latency(line, on_ledger.latency);
    if (const auto closed = store->close(); !closed) return fail(closed.error().message());
    return show(line, options.json);
}

}  // namespace

std::string json_of_size(std::size_t size) {
    const std::string begin = R"({"amount":1250,"currency":"EUR","to":"account:4711","note":")";
    const std::string end = "\"}";
    return begin + std::string(size - std::min(size, begin.size() + end.size()), 'x') + end;
}

int ledger_bench_publishers(const LedgerBenchOptions& options) {
    return compare_with_log(options, "publishers", 64, 1, 0.7);
}

int ledger_bench_window(const LedgerBenchOptions& options) { return compare_with_log(options, "window", 1, 1000, 0.3); }

}  // namespace station::final_station
