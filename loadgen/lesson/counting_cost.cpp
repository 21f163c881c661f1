#include <loadgen/lesson/counting_cost.hpp>

#include <cstddef>
#include <ctime>
#include <latch>
#include <loadgen/lesson/load.hpp>
#include <thread>
#include <vector>

namespace station::lesson {
namespace {

constexpr int kRounds = 25;
constexpr std::ptrdiff_t kThreads = 8;
constexpr int kEvents = 20'000;  // of each thread in a round

double processor_nanoseconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return 1e9 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec);
}

template <typename Counters>
double nanoseconds_an_event() {
    Counters counters;
    std::latch ready{kThreads};
    const double begin = processor_nanoseconds();
    std::vector<std::jthread> threads;
    for (std::ptrdiff_t thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&] {
            ready.arrive_and_wait();
            for (int i = 0; i < kEvents; ++i) {
                counters.received();
                counters.processed();
            }
        });
    }
    threads.clear();
    return (processor_nanoseconds() - begin) / static_cast<double>(kThreads * kEvents);
}

}  // namespace

CountingCost measure_counting_cost() {
    std::vector<double> atomic;
    std::vector<double> locked;
    for (int round = 0; round < kRounds; ++round) {
        atomic.push_back(nanoseconds_an_event<metrics::AtomicCounters>());
        locked.push_back(nanoseconds_an_event<metrics::LockedCounters>());
    }
    return {median(std::move(atomic)), median(std::move(locked))};
}

}  // namespace station::lesson
