// Exercise 9, the piece alone: what AtomicCounters do under threads, also where a machine shows old values.
#include <atomic>
#include <loadgen/explore/explore.hpp>
#include <station/metrics/counters.hpp>
#include <thread>

using namespace station;
using explore::require;
using metrics::AtomicCounters;

namespace {

void require_not_ahead(const metrics::Counts& counts) {
    require(counts.processed + counts.dropped <= counts.received,
            "a snapshot shows more events finished than received");
}

}  // namespace

SCENARIO("nothing-is-lost", "Two threads count the same, and both are counted") {
    AtomicCounters counters;
    const auto work = [&](const char* name) {
        explore::name(name);
        counters.received();
        counters.processed();
        counters.received();
        counters.dropped();
    };
    {
        const std::jthread first{work, "worker 1"};
        const std::jthread second{work, "worker 2"};
    }
    const metrics::Counts counts = counters.snapshot();
    require(counts.received == 4 && counts.processed == 2 && counts.dropped == 2, "a count is lost");
}

SCENARIO("processed-is-never-ahead", "A snapshot beside a worker shows no more processed than received") {
    AtomicCounters counters;
    {
        const std::jthread worker{[&] {
            explore::name("worker");
            for (int i = 0; i < 2; ++i) {
                counters.received();
                counters.processed();
            }
        }};
        explore::name("reader");
        require_not_ahead(counters.snapshot());
    }
    require(counters.snapshot().processed == 2, "a count is lost");
}

SCENARIO("dropped-is-never-ahead", "A snapshot beside a worker shows no more dropped than received") {
    AtomicCounters counters;
    {
        const std::jthread worker{[&] {
            explore::name("worker");
            for (int i = 0; i < 2; ++i) {
                counters.received();
                counters.dropped();
            }
        }};
        explore::name("reader");
        require_not_ahead(counters.snapshot());
    }
    require(counters.snapshot().dropped == 2, "a count is lost");
}

SCENARIO("received-here-finished-there", "Where one thread receives and another one finishes, it is the same") {
    AtomicCounters counters;
    std::atomic<bool> handed_over{false};
    {
        const std::jthread receiver{[&] {
            explore::name("receiver");
            counters.received();
            handed_over.store(true, std::memory_order_release);
        }};
        const std::jthread worker{[&] {
            explore::name("worker");
            if (handed_over.load(std::memory_order_acquire)) counters.processed();
        }};
        explore::name("reader");
        require_not_ahead(counters.snapshot());
    }
    require_not_ahead(counters.snapshot());
}
