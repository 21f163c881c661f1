#include "check.hpp"
#include "history.hpp"
#include "options.hpp"
#include "scenarios.hpp"

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <optional>
#include <thread>

namespace station::lab {
namespace {

struct Failure {
    std::uint64_t seed;
    std::string reason;
    std::vector<std::string> steps;
};

class Simulation {
  public:
    explicit Simulation(const Options& options) : options_(options), next_(options.seed) {}

    int run() {
        {
            std::vector<std::jthread> workers;
            for (std::uint64_t i = 0; i < options_.jobs; ++i) workers.emplace_back([this] { work(); });
        }
        report();
        return failure_ ? 1 : 0;
    }

  private:
    void work() {
        for (;;) {
            const std::uint64_t seed = next_++;
            if (seed >= options_.seed + options_.count) return;
            {
                const std::lock_guard lock{mutex_};
                if (failure_ && failure_->seed < seed) return;
            }
            History history{seed, has_threads(seed)};
            std::optional<Failure> failure;
            try {
                history.run();
            } catch (const std::exception& broken) {
                failure = {seed, broken.what(), history.steps()};
            }
            add(history, !has_threads(seed), std::move(failure));
        }
    }

    // One history in four has the bus's own threads.
    static bool has_threads(std::uint64_t seed) { return seed % 4 == 0; }

    void add(const History& history, bool replays, std::optional<Failure> failure) {
        const HistoryCounts& counts = history.counts();
        const std::uint64_t digest = replays ? history.digest() : 0;
        const std::lock_guard lock{mutex_};
        // A sum, since histories end in any order.
        digest_ += digest;
        ++histories_;
        total_.published += counts.published;
        total_.acknowledged += counts.acknowledged;
        total_.crashes += counts.crashes;
        total_.kills += counts.kills;
        total_.faults += counts.faults;
        total_.lost_as_promised += counts.lost_as_promised;
        total_.look_ups += counts.look_ups;
        if (failure && (!failure_ || failure->seed < failure_->seed)) failure_ = std::move(failure);
    }

    void report() const {
        if (failure_) {
            for (const std::string& step : failure_->steps) std::fprintf(stderr, "  %s\n", step.c_str());
            std::fprintf(stderr, "seed %llu: %s\n", static_cast<unsigned long long>(failure_->seed),
                         failure_->reason.c_str());
        }
        const auto number = [](std::uint64_t value) { return std::to_string(value); };
        std::string line =
            "{\"histories\":" + number(histories_) + ",\"acknowledged\":" + number(total_.acknowledged) +
            ",\"refused\":" + number(total_.published - total_.acknowledged) +
            ",\"power_cuts\":" + number(total_.crashes) + ",\"kills\":" + number(total_.kills) +
            ",\"disk_faults\":" + number(total_.faults) + ",\"lost_as_promised\":" + number(total_.lost_as_promised) +
            ",\"look_ups\":" + number(total_.look_ups) + ",\"digest\":" + digest_json(digest_) + ",\"failed_seed\":";
        line += failure_ ? number(failure_->seed) : "null";
        std::printf("%s}\n", line.c_str());
    }

    const Options options_;
    std::atomic<std::uint64_t> next_;
    std::mutex mutex_;  // guards what follows
    std::uint64_t histories_ = 0;
    HistoryCounts total_;
    std::uint64_t digest_ = 0;  // of those that replay: without threads
    std::optional<Failure> failure_;
};

}  // namespace

int simulate(const Options& options) { return Simulation{options}.run(); }

}  // namespace station::lab
