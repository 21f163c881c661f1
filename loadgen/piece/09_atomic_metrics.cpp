// Exercise 9, the piece alone: what AtomicCounters count, and whether who counts ever waits for another.
#include <array>
#include <functional>
#include <loadgen/piece/interrupted.hpp>
#include <loadgen/piece/locks.hpp>
#include <loadgen/piece/piece.hpp>
#include <memory>
#include <station/metrics/counters.hpp>
#include <thread>
#include <vector>

using namespace station::piece;
using station::metrics::AtomicCounters;
using station::metrics::Counts;

namespace station::metrics {

bool operator==(const Counts& one, const Counts& other) {
    return one.received == other.received && one.processed == other.processed && one.dropped == other.dropped;
}

std::string text(const Counts& counts) {
    return std::to_string(counts.received) + " received, " + std::to_string(counts.processed) + " processed, " +
           std::to_string(counts.dropped) + " dropped";
}

}  // namespace station::metrics

namespace {

struct Function {
    const char* name;
    void (*call)(AtomicCounters& counters);
};

constexpr std::array kCounting{
    Function{"received()", [](AtomicCounters& counters) { counters.received(); }},
    Function{"processed()", [](AtomicCounters& counters) { counters.processed(); }},
    Function{"dropped()", [](AtomicCounters& counters) { counters.dropped(); }},
};

// Two events, one of each kind.
void count_all(AtomicCounters& counters) {
    counters.received();
    for (const Function& function : kCounting) function.call(counters);
}

// Enough for any call that only counts; one that needs more is looked at as far as this.
constexpr int kMostInstructions = 400;

// One call, with counters of its own, and what it came to.
struct Call {
    void (*function)(Call& call) = nullptr;
    AtomicCounters counters;
    Counts seen;
};

// Interrupts a call at each of its instructions in turn, lets `meanwhile` happen there, and asks `afterwards` when the
// call has gone on to its end.
void at_each_instruction(
    void (*function)(Call& call), const std::function<void(AtomicCounters&)>& meanwhile,
    const std::function<void(const Call&)>& afterwards = [](const Call&) {}) {
    if (!can_interrupt_calls()) return;
    for (int i = 1; i <= kMostInstructions; ++i) {
        const auto call = std::make_unique<Call>();
        call->function = function;
        count_all(call->counters);  // what a thread does when it counts for the first time is not meant
        const bool interrupted =
            interrupt_call([](void* of) { static_cast<Call*>(of)->function(*static_cast<Call*>(of)); }, call.get(), i,
                           [&] { meanwhile(call->counters); });
        if (!interrupted) return;
        afterwards(*call);
    }
}

}  // namespace

PIECE_CASE("each-for-itself", "received, processed and dropped count what they are called for") {
    AtomicCounters counters;
    EXPECT(counters.snapshot(), Counts{});
    for (int i = 0; i < 3; ++i) counters.received();
    EXPECT(counters.snapshot(), (Counts{3, 0, 0}));
    for (int i = 0; i < 2; ++i) counters.processed();
    EXPECT(counters.snapshot(), (Counts{3, 2, 0}));
    counters.dropped();
    EXPECT(counters.snapshot(), (Counts{3, 2, 1}));
    EXPECT(counters.snapshot(), (Counts{3, 2, 1}));
}

PIECE_CASE("each-object-for-itself", "Two objects know nothing of each other") {
    AtomicCounters first;
    AtomicCounters second;
    first.received();
    EXPECT(second.snapshot(), Counts{});
    EXPECT(first.snapshot(), (Counts{1, 0, 0}));
}

PIECE_CASE("what-other-threads-counted", "A snapshot has what all threads have counted, and those that are gone") {
    AtomicCounters counters;
    const auto work = [&] {
        for (int i = 0; i < 1000; ++i) {
            counters.received();
            i % 4 == 0 ? counters.dropped() : counters.processed();
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) threads.emplace_back(work);
    for (std::thread& thread : threads) thread.join();
    EXPECT(counters.snapshot(), (Counts{3000, 2250, 750}));
}

PIECE_CASE("no-lock-is-taken", "received, processed and dropped take no lock") {
    AtomicCounters counters;
    count_all(counters);
    for (const Function& function : kCounting) {
        const auto taken = locks_of([&] { function.call(counters); });
        expect_equal(std::string{"the locks that "} + function.name + " takes", taken.size(), 0u);
    }
}

PIECE_CASE("nobody-waits-for-who-counts", "Who is interrupted in the midst of counting holds nobody up") {
    const auto others = [](AtomicCounters& counters) { count_all(counters); };
    calling("counting while another thread is in the midst of received()");
    at_each_instruction([](Call& call) { call.counters.received(); }, others);
    calling("counting while another thread is in the midst of processed()");
    at_each_instruction([](Call& call) { call.counters.processed(); }, others);
    calling("counting while another thread is in the midst of dropped()");
    at_each_instruction([](Call& call) { call.counters.dropped(); }, others);
}

PIECE_CASE("nobody-waits-for-a-snapshot", "Who is interrupted in the midst of a snapshot holds nobody up") {
    calling("counting while another thread is in the midst of snapshot()");
    at_each_instruction([](Call& call) { call.seen = call.counters.snapshot(); },
                        [](AtomicCounters& counters) { count_all(counters); });
}

namespace {

// Events come and end while a snapshot is being taken, at each of its instructions.
void never_ahead(void (*end)(AtomicCounters& counters)) {
    AtomicCounters locked;
    if (!locks_of([&] { locked.snapshot(); }).empty()) return;  // nothing comes in between, and other cases say so
    calling("received() while another thread is in the midst of snapshot()");
    at_each_instruction([](Call& call) { call.seen = call.counters.snapshot(); },
                        [&](AtomicCounters& counters) {
                            for (int i = 0; i < 3; ++i) {
                                counters.received();
                                end(counters);
                            }
                        },
                        [](const Call& call) {
                            if (call.seen.processed + call.seen.dropped <= call.seen.received) return;
                            fail("snapshot() while events come and end", "no more finished than received",
                                 text(call.seen));
                        });
}

}  // namespace

PIECE_CASE("never-ahead-processed", "Whenever a snapshot is taken, it shows no more events processed than received") {
    never_ahead([](AtomicCounters& counters) { counters.processed(); });
}

PIECE_CASE("never-ahead-dropped", "Whenever a snapshot is taken, it shows no more events dropped than received") {
    never_ahead([](AtomicCounters& counters) { counters.dropped(); });
}
