// What came of a schedule, in memory that the process that ran it shares with the one that judges it: plain data of a
// fixed size. A schedule is told by where it leaves the straight one, in which a thread goes on for as long as it can:
// that is enough to replay it, and what can be left out of it is how it is made short.
#pragma once

#include <cstddef>
#include <cstdint>

namespace station::explore {

struct Decision {
    enum class Kind : std::uint8_t {
        run,        // value: the thread that goes on
        old_value,  // value: how many stores before the newest one a load of an atomic reads
        waiter,     // value: which of those that wait is notified
    };
    std::uint32_t step;   // of the thread
    std::uint8_t thread;  // that stood at the place
    Kind kind;
    std::uint16_t value;
};

enum class Kind : std::uint8_t { none, race, deadlock, lost_wake_up, assertion, spin, crash };

struct StoryLine {
    char thread[24];
    char at[72];
    char what[200];
};

struct Outcome {
    Kind kind;
    std::uint64_t seed;  // of the schedule that ran last
    long index;          // of it in the search
    bool completed;      // the process has run all that it was to run
    long steps;
    char cause[480];
    std::size_t decision_count;
    Decision decisions[1 << 15];
    std::size_t line_count;
    StoryLine story[96];
};

}  // namespace station::explore
