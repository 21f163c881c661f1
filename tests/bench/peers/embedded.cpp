// As peers_client, for what is no server: a thread for each connection, and one line of JSON of the same form.
#include "embedded.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>
#include <station/app/command_line.hpp>
#include <station/base/standard_streams.hpp>
#include <station/metrics/histogram.hpp>
#include <stdexcept>
#include <thread>
#include <vector>

#include "processor_time.hpp"

using namespace station;
using namespace station::peers;

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
    std::string what;
    std::string kind;
    std::string folder;
    std::size_t connections = 1;
    std::size_t window = 1;
    std::size_t size = 128;
    std::uint64_t events = 0;
    double seconds = 0;
};

std::uint64_t nanoseconds_since(Clock::time_point since) {
    return static_cast<std::uint64_t>(std::chrono::nanoseconds{Clock::now() - since}.count());
}

// One appending thread, with a stream of its own.
class Publisher {
  public:
    Publisher(Embedded& store, std::size_t stream, const Options& options)
        : store_(store), stream_(stream), window_(options.window), quota_(options.events / options.connections) {}

    void run(Clock::time_point until) {
        try {
            while (quota_ != 0 ? version_ < quota_ : Clock::now() < until) window_ == 1 ? append() : start();
        } catch (const std::exception& error) {
            error_ = error.what();
        }
        for (std::uint64_t done = done_; done < version_; done = done_) done_.wait(done);
        if (refused_) error_ = "an append was refused";
    }

    std::uint64_t appended() const { return version_; }
    const metrics::Histogram& latency() const { return latency_; }
    const std::string& error() const { return error_; }

  private:
    void append() {
        const auto began = Clock::now();
        store_.append(stream_, version_);
        latency_.record(nanoseconds_since(began));
        done_ = ++version_;
    }

    void start() {
        // Woken when half the window is free, not for each event.
        for (std::uint64_t done = done_; version_ >= window_ && done <= version_ - window_; done = done_) {
            wanted_ = version_ - window_ / 2;
            if (done_ < wanted_) done_.wait(done);
        }
        const auto began = Clock::now();
        store_.start(stream_, version_, [this, began](bool good) {
            latency_.record(nanoseconds_since(began));
            if (!good) refused_ = true;
            const std::uint64_t done = done_.fetch_add(1) + 1;
            if (done >= wanted_) done_.notify_one();
        });
        ++version_;
    }

    Embedded& store_;
    const std::size_t stream_;
    const std::uint64_t window_;
    const std::uint64_t quota_;
    std::uint64_t version_ = 0;
    std::atomic<std::uint64_t> done_{0};
    std::atomic<std::uint64_t> wanted_{0};
    std::atomic<bool> refused_{false};
    metrics::Histogram latency_;
    std::string error_;
};

nlohmann::ordered_json run(const Options& options) {
    const auto store = (options.what == "ledger" ? make_ledger : make_sqlite)(options.folder, options.connections,
                                                                              options.size);
    std::vector<std::unique_ptr<Publisher>> publishers;
    for (std::size_t i = 0; i < options.connections; ++i) {
        publishers.push_back(std::make_unique<Publisher>(*store, i, options));
    }
    const ProcessorTime before = ProcessorTime::now(0);
    const auto began = Clock::now();
    const auto until = began + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>{options.seconds});
    {
        std::vector<std::jthread> threads;
        for (auto& publisher : publishers) threads.emplace_back([&publisher, until] { publisher->run(until); });
    }
    const double seconds = std::chrono::duration<double>{Clock::now() - began}.count();
    const ProcessorTime after = ProcessorTime::now(0);
    std::uint64_t events = 0;
    metrics::Histogram latency;
    for (const auto& publisher : publishers) {
        if (!publisher->error().empty()) throw std::runtime_error{publisher->error()};
        events += publisher->appended();
        latency.merge(publisher->latency());
    }
    if (store->stored() != events) throw std::runtime_error{"stored is not what was acknowledged"};
    const double own = (after.client - before.client) / seconds;
    return {{"events", events},
            {"refused", 0},
            {"seconds", seconds},
            {"rate", static_cast<double>(events) / seconds},
            {"p50_us", static_cast<double>(latency.percentile(50)) / 1e3},
            {"p99_us", static_cast<double>(latency.percentile(99)) / 1e3},
            {"client_cpu", own},
            {"server_cpu", 0},
            {"other_cpu", std::max(0.0, (after.machine - before.machine) / seconds - own)}};
}

}  // namespace

int main(int argc, char** argv) {
    station::base::open_standard_streams();
    Options options;
    app::CommandLine cli{"Drives a library that keeps events", "peers_embedded"};
    cli.add_option("what", options.what, "What keeps them").required().one_of({"ledger", "sqlite"});
    cli.add_option("kind", options.kind, "What to do").required().one_of({"publish"});
    cli.add_option("--folder", options.folder, "An empty folder").required();
    cli.add_option("--connections", options.connections, "Publishing threads").range(1, 1000);
    cli.add_option("--window", options.window, "Appends of a publisher without an answer").range(1, 1000000);
    cli.add_option("--size", options.size, "Bytes of a payload");
    cli.add_option("--events", options.events, "Append so many");
    cli.add_option("--seconds", options.seconds, "Append so long");
    try {
        cli.parse_or_exit(argc, argv, 2);
        std::printf("%s\n", run(options).dump().c_str());
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "peers_embedded: %s\n", error.what());
        return 1;
    }
}
