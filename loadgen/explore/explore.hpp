// What a scenario sees of the scheduler that decides which of its threads runs: a scenario is a small program with two
// to four threads, which is run under thousands of schedules, each drawn from a seed that replays it.
//
// Scenarios are compiled with -fsanitize=thread and linked either with the explorer (loadgen/explore), where one thread
// runs at a time and a data race, a deadlock, a lost wake-up or a failed `require` is found because it is there, or
// with ThreadSanitizer itself and free_run.cpp, where the threads run as the machine likes.
//
// Ideas from PCT (Burckhardt et al., 2010: random priorities find a bug of depth d with a known probability), Loom and
// Relacy (one thread at a time, happens-before by vector clocks), Coyote (time-outs and spurious wake-ups are choices).
// What a scenario does not require is never found, and a time-out may fire early: a scenario must bear it. No real I/O.
#pragma once

#include <string_view>

namespace station::explore {

struct Scenario {
    const char* id;     // stable, unique in its program: "two-producers-one-place"
    const char* title;  // what holds, one sentence without a full stop
    void (*run)();      // starts its threads and joins them
};

struct Registered {
    explicit Registered(const Scenario& one);
};

// Names the calling thread in the story: "producer 1".
void name(const char* thread);

// Ends this schedule: what happened must not happen. Any thread.
void fail(const char* what);
inline void require(bool holds, const char* otherwise) {
    if (!holds) fail(otherwise);
}

}  // namespace station::explore

#define STATION_EXPLORE_JOIN_(a, b) a##b
#define STATION_EXPLORE_JOIN(a, b) STATION_EXPLORE_JOIN_(a, b)

// SCENARIO("two-producers-one-place", "Of two producers, one gets the last place") { … }
#define SCENARIO(identifier, sentence)                                                                   \
    static void STATION_EXPLORE_JOIN(scenario_, __LINE__)();                                             \
    static const ::station::explore::Registered STATION_EXPLORE_JOIN(scenario_registered_, __LINE__){    \
        ::station::explore::Scenario{identifier, sentence, &STATION_EXPLORE_JOIN(scenario_, __LINE__)}}; \
    static void STATION_EXPLORE_JOIN(scenario_, __LINE__)()
