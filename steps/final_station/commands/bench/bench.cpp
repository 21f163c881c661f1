#include "bench.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <functional>
#include <thread>

#include "bench_bare.hpp"
#include "bench_output.hpp"

namespace station::final_station {
namespace {

using Clock = std::chrono::steady_clock;
using Json = BenchJson;

Json rate(const char* what, const BenchOptions& options, std::uint64_t events, double seconds, double cores) {
    const double per_second = static_cast<double>(events) / seconds;
    return {{"bench", what},
            {"size", options.size},
            {"events", events},
            {"seconds", rounded(seconds)},
            {"events_per_second", static_cast<std::uint64_t>(per_second)},
            {"MB_per_second", rounded(per_second * static_cast<double>(options.size) / 1e6)},
            {"cpu_cores", rounded(cores)}};
}

log::Result<log::Bus> open_bus(const BenchOptions& options) {
    log::BusConfig config;
    config.dir = options.folder.dir;
    config.durability = *log::Durability::parse(options.folder.durability);
    config.max_payload = std::max(config.max_payload, options.size);
    config.zero_ahead = options.zero_ahead;
    return log::Bus::open(std::move(config));
}

int bench_publish(const BenchOptions& options) {
    auto bus = open_bus(options);
    if (!bus) return fail(bus.error().message());
    // The disk by itself, right before and right after: it may be another one a minute later.
    const bool always = log::Durability::parse(options.folder.durability)->mode == log::Durability::Mode::always;
    BareFile bare{options.folder.dir + "/bench.append", false};
    const std::string record(options.size + log::kRecordOverhead, 'x');
    constexpr std::chrono::milliseconds kBare{200};
    const double before = always ? bare.pairs_per_second(record, kBare) : 0;
    const PublishResult result = publish_load(*bus, options);
    if (!result.error.empty()) return fail(result.error);
    const double after = always ? bare.pairs_per_second(record, kBare) : 0;
    Json json = rate("publish", options, result.events, result.seconds, result.cores);
    json["durability"] = options.folder.durability;
    json["topics"] = options.topics;
    json["publishers"] = options.publishers;
    json["in_flight"] = options.in_flight;
    json["batch"] = options.batch;
    add_latency(json, result.latency);
    json["fdatasyncs"] = result.syncs;
    json["events_per_fdatasync"] =
        result.syncs == 0 ? 0 : rounded(static_cast<double>(result.synced_events) / static_cast<double>(result.syncs));
    if (before + after > 0) {
        const double pairs = (before + after) / 2;
        json["bare_pairs_per_second"] = static_cast<std::uint64_t>(pairs);
        json["events_per_bare_pair"] = rounded(static_cast<double>(result.events) / result.seconds / pairs);
    }
    return show(json, options.folder.json);
}

// Fills topic bench-0 where it has fewer events than asked for, without waiting for any disk.
std::string fill(log::Bus& bus, const BenchOptions& options, std::uint64_t events) {
    auto topic = bus.topic("bench-0");
    if (!topic) return topic.error().message();
    if (topic->next_offset() >= events) return {};
    BenchOptions load = options;
    load.events = events - topic->next_offset();
    load.batch = 1000;
    load.topics = load.publishers = load.in_flight = 1;
    return publish_load(bus, load).error;
}

// Reads events until `count` are there; the payloads' bytes are looked at, not copied.
std::uint64_t consume(log::Cursor& cursor, std::uint64_t count, std::error_code& error) {
    std::uint64_t seen = 0;
    std::uint64_t sum = 0;
    while (seen < count) {
        const auto batch = cursor.next_batch();
        if (!batch) {
            error = batch.error();
            return seen;
        }
        for (const log::EventView& event : *batch) {
            if (!event.payload.empty()) sum += std::to_integer<std::uint64_t>(event.payload.back());
        }
        seen += batch->size();
    }
    return sum == 0 ? 0 : seen;
}

int bench_replay(BenchOptions options) {
    if (options.events == 0) options.events = 1'000'000;
    BenchOptions filling = options;
    filling.folder.durability = "os";
    auto bus = open_bus(filling);
    if (!bus) return fail(bus.error().message());
    if (const std::string error = fill(*bus, options, options.events); !error.empty()) return fail(error);
    auto topic = bus->topic("bench-0");
    Json best;
    for (int round = 0; round < 3; ++round) {
        auto cursor = topic->subscribe(log::StartFrom::beginning());
        const BenchRun run;
        std::error_code error;
        const std::uint64_t seen = consume(cursor, options.events, error);
        if (error) return fail(error.message());
        const Json json = rate("replay", options, seen, run.seconds(), run.cores());
        if (best.is_null() || json["events_per_second"] > best["events_per_second"]) best = json;
    }
    best["resident_MiB"] = resident_bytes() >> 20;
    return show(best, options.folder.json);
}

// One or many cursors follow what one publisher publishes.
int bench_follow(const BenchOptions& options, const char* what, std::size_t subscribers) {
    auto bus = open_bus(options);
    if (!bus) return fail(bus.error().message());
    auto topic = bus->topic("bench-0");
    if (!topic) return fail(topic.error().message());
    std::vector<log::Cursor> cursors;
    for (std::size_t i = 0; i < subscribers; ++i) cursors.push_back(topic->subscribe(log::StartFrom::now()));
    std::vector<std::uint64_t> delivered(subscribers, 0);
    std::vector<metrics::Histogram> latency(subscribers);
    BenchOptions load = options;
    load.topics = load.publishers = 1;
    const BenchRun run;
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < subscribers; ++i) {
            threads.emplace_back([&, i] {
                while (const auto batch = cursors[i].next_batch()) {
                    const auto now = std::chrono::system_clock::now().time_since_epoch();
                    const auto nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
                    latency[i].record(
                        static_cast<std::uint64_t>(std::max<std::int64_t>(0, nanos - batch->back().time)));
                    delivered[i] += batch->size();
                }
            });
        }
        const PublishResult result = publish_load(*bus, load);
        bus->shutdown();
        if (!result.error.empty()) return fail(result.error);
    }
    std::uint64_t total = 0;
    metrics::Histogram all;
    for (std::size_t i = 0; i < subscribers; ++i) {
        total += delivered[i];
        all.merge(latency[i]);
    }
    Json json = rate(what, options, total, run.seconds(), run.cores());
    json["subscribers"] = subscribers;
    json["durability"] = options.folder.durability;
    add_latency(json, all);
    return show(json, options.folder.json);
}

// A child fills the folder and is killed while it writes; then the folder is opened.
int bench_recover(BenchOptions options) {
    if (options.events == 0) options.events = 1'000'000;
    const pid_t child = ::fork();
    if (child == 0) {
        auto bus = open_bus(options);
        const std::string error = bus ? fill(*bus, options, options.events) : bus.error().message();
        if (!error.empty()) ::_exit(fail(error));
        BenchOptions load = options;
        load.events = 0;
        load.seconds = 3600;
        load.batch = 100;
        load.topics = load.publishers = load.in_flight = 1;
        std::jthread killer([] {
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
            ::kill(::getpid(), SIGKILL);
        });
        publish_load(*bus, load);
        ::_exit(1);
    }
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child) return fail("no child process");
    if (!WIFSIGNALED(status)) return fail("the child was not killed");
    const BenchRun run;
    auto bus = open_bus(options);
    if (!bus) return fail(bus.error().message());
    const double seconds = run.seconds();
    auto topic = bus->topic("bench-0");
    const log::RecoveryReport& report = topic->recovery();
    std::uint64_t disk = 0;
    for (const auto& file : std::filesystem::recursive_directory_iterator{options.folder.dir}) {
        if (file.is_regular_file()) disk += file.file_size();
    }
    return show({{"bench", "recover"},
                 {"events", topic->next_offset()},
                 {"open_seconds", seconds},
                 {"scanned_bytes", report.scanned_bytes},
                 {"rebuilt_indexes", report.rebuilt_indexes},
                 {"resident_MiB", static_cast<double>(resident_bytes()) / (1 << 20)},
                 {"disk_bytes_per_event", static_cast<double>(disk) / static_cast<double>(topic->next_offset())},
                 {"cut_bytes", report.cut_bytes},
                 {"damage", report.damage.size()}},
                options.folder.json);
}

// Bare write and fdatasync pairs, appending and into a file that already has its bytes, and the log with one publisher
// that waits for each acknowledgement: in turn, a slice of each, so that all three meet the same disk.
int bench_disk(const BenchOptions& options) {
    auto bus = open_bus(options);
    if (!bus) return fail(bus.error().message());
    auto topic = bus->topic("bench-0");
    if (!topic) return fail(topic.error().message());
    BareFile appended{options.folder.dir + "/bench.append", false};
    BareFile zeroed{options.folder.dir + "/bench.zeroed", true};
    const std::string payload(options.size, 'x');
    const std::string record(options.size + log::kRecordOverhead, 'x');
    struct Kind {
        const char* name;
        std::function<bool()> once;
        metrics::Histogram latency = {};
        double seconds = 0;
    };
    Kind kinds[] = {{"write and fdatasync, appending", [&] { return appended.append(record); }},
                    {"write and fdatasync, pre-zeroed", [&] { return zeroed.append(record); }},
                    {"publish, always, one in flight", [&] { return topic->publish(payload).has_value(); }}};
    constexpr double kSlice = 0.05;
    while (kinds[2].seconds < options.seconds) {
        for (Kind& kind : kinds) {
            const BenchRun slice;
            while (slice.seconds() < kSlice) {
                const auto began = Clock::now();
                if (!kind.once()) return fail("the disk refuses");
                kind.latency.record(static_cast<std::uint64_t>(std::chrono::nanoseconds{Clock::now() - began}.count()));
            }
            kind.seconds += slice.seconds();
        }
    }
    for (const Kind& kind : kinds) {
        Json json = rate(kind.name, options, kind.latency.count(), kind.seconds, 0);
        json.erase("cpu_cores");
        add_latency(json, kind.latency);
        show(json, options.folder.json);
    }
    return 0;
}

}  // namespace

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::uint64_t resident_bytes() {
    std::uint64_t pages = 0;
    std::uint64_t resident = 0;
    std::ifstream{"/proc/self/statm"} >> pages >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void add_latency(BenchJson& json, const metrics::Histogram& latency) {
    json["p50_us"] = static_cast<double>(latency.percentile(50)) / 1e3;
    json["p99_us"] = static_cast<double>(latency.percentile(99)) / 1e3;
    json["p999_us"] = static_cast<double>(latency.percentile(99.9)) / 1e3;
}

int show(const BenchJson& json, bool as_json) {
    if (as_json) {
        std::puts(json.dump().c_str());
        return 0;
    }
    for (const auto& [key, value] : json.items()) {
        std::printf("%-20s %s\n", key.c_str(),
                    value.is_string() ? value.get<std::string>().c_str() : value.dump().c_str());
    }
    return 0;
}

BenchRun::BenchRun() : cpu_began(cpu_seconds()) {}
double BenchRun::seconds() const { return std::chrono::duration<double>{Clock::now() - began}.count(); }
double BenchRun::cores() const { return (cpu_seconds() - cpu_began) / seconds(); }

int bench(const BenchOptions& options) {
    if (options.what == "disk") return bench_disk(options);
    if (options.what == "replay") return bench_replay(options);
    if (options.what == "recover") return bench_recover(options);
    if (options.what == "tail") return bench_follow(options, "tail", 1);
    if (options.what == "fanout") return bench_follow(options, "fanout", options.subscribers);
    return bench_publish(options);
}

}  // namespace station::final_station
