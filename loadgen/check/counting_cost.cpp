#include <loadgen/check/counting_cost.hpp>

#include <algorithm>
#include <array>
#include <ctime>
#include <latch>
#include <loadgen/check/lesson_load.hpp>
#include <station/flow/bounded_channel.hpp>
#include <station/metrics/counters.hpp>
#include <station/state/sharded_balances.hpp>
#include <station/wire/reply.hpp>
#include <station/wire/request.hpp>
#include <string>
#include <thread>

namespace station::lesson {
namespace {

constexpr int kRounds = 80;
constexpr std::size_t kThreads = 8;
constexpr std::size_t kEvents = 2000;  // of each thread in a round
constexpr std::size_t kUsers = 64;

struct NoCounters {
    void received() {}
    void processed() {}
};

double processor_nanoseconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return 1e9 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec);
}

using Lines = std::array<std::string, kUsers>;

Lines make_lines() {
    Lines lines;
    for (std::size_t i = 0; i < kUsers; ++i) {
        lines[i] = "{\"user\":\"user" + std::to_string(i) + "\",\"action\":\"buy\",\"amount\":1}";
    }
    return lines;
}

template <typename Counters>
double nanoseconds_an_event(const Lines& lines) {
    Counters counters;
    flow::BoundedChannel<wire::Event> queue{1024};
    state::ShardedBalances balances{64};
    std::latch ready{kThreads};

    const double begin = processor_nanoseconds();
    std::vector<std::jthread> threads;
    for (std::size_t thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&, thread] {
            ready.arrive_and_wait();
            std::size_t sent = 0;
            for (std::size_t i = 0; i < kEvents; ++i) {
                auto event = wire::parse_event(lines[(i + thread * kThreads) % kUsers]);
                counters.received();
                queue.try_push(std::move(*event));
                const auto taken = queue.pop();
                const auto balance = balances.apply(*taken, [] {});
                counters.processed();
                sent += wire::ok(*balance).text.size();
            }
            volatile std::size_t sink = sent;
            static_cast<void>(sink);
        });
    }
    threads.clear();
    return (processor_nanoseconds() - begin) / static_cast<double>(kThreads * kEvents);
}

}  // namespace

CountingCost measure_counting_cost() {
    const Lines lines = make_lines();
    CountingCost cost;
    for (int round = 0; round < kRounds; ++round) {
        // Every other round in the opposite order: who comes first has a warmer or a colder cache.
        const bool forward = round % 2 == 0;
        if (forward) cost.uncounted.push_back(nanoseconds_an_event<NoCounters>(lines));
        cost.atomic.push_back(nanoseconds_an_event<metrics::AtomicCounters>(lines));
        cost.locked.push_back(nanoseconds_an_event<metrics::LockedCounters>(lines));
        if (!forward) cost.uncounted.push_back(nanoseconds_an_event<NoCounters>(lines));
    }
    return cost;
}

double overhead(const std::vector<double>& uncounted, const std::vector<double>& counted) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < std::min(uncounted.size(), counted.size()); ++i) {
        ratios.push_back(counted[i] / uncounted[i]);
    }
    return median(std::move(ratios)) - 1;
}

}  // namespace station::lesson
