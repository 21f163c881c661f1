#include "catch.hpp"
#include "gate.hpp"

#include <atomic>
#include <station/metrics/counters.hpp>
#include <thread>
#include <vector>

namespace station::metrics {
namespace {

TEST_CASE("counters: as JSON, byte for byte") {
    CHECK(to_json({}) == R"({"received":0,"processed":0,"dropped":0})");
    CHECK(to_json({100000, 99820, 180}) == R"({"received":100000,"processed":99820,"dropped":180})");
    CHECK(to_json({~std::uint64_t{0}, 1, 2}) == R"({"received":18446744073709551615,"processed":1,"dropped":2})");
}

TEMPLATE_TEST_CASE("counters: each counts for itself", "", LockedCounters, AtomicCounters) {
    TestType counters;
    for (int i = 0; i < 3; ++i) counters.received();
    for (int i = 0; i < 2; ++i) counters.processed();
    counters.dropped();
    const Counts counts = counters.snapshot();
    CHECK(counts.received == 3);
    CHECK(counts.processed == 2);
    CHECK(counts.dropped == 1);
}

TEMPLATE_TEST_CASE("counters: no snapshot shows more events finished than received", "", LockedCounters,
                   AtomicCounters) {
    constexpr int kThreads = 3;
    constexpr int kEvents = 30000;
    TestType counters;
    std::atomic<int> running{kThreads};
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < kEvents; ++n) {
                counters.received();
                n % 3 == 0 ? counters.dropped() : counters.processed();
            }
            --running;
        });
    }
    std::uint64_t impossible = 0;
    std::uint64_t went_back = 0;
    Counts before;
    while (running > 0) {
        const Counts now = counters.snapshot();
        impossible += now.received < now.processed + now.dropped ? 1 : 0;
        went_back +=
            now.received < before.received || now.processed < before.processed || now.dropped < before.dropped ? 1 : 0;
        before = now;
    }
    threads.clear();
    CHECK(impossible == 0);
    CHECK(went_back == 0);
    const Counts last = counters.snapshot();
    CHECK(last.received == kThreads * kEvents);
    CHECK(last.dropped == kThreads * kEvents / 3);
    CHECK(last.processed == last.received - last.dropped);
}

}  // namespace
}  // namespace station::metrics
