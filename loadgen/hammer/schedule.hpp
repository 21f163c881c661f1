// When requests fall due in an open loop: slots of 1 / rate from the run's beginning on, the first at 0, the last
// before the end of Plan::duration, in turn over all connections: connection c of C has the slots c, c + C, c + 2 C, …
// Times are nanoseconds since the run began. No clock and no I/O; any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <loadgen/hammer/plan.hpp>

namespace station::hammer {

// When the requests of one connection fall due: the nth at first + n * every. `every` is 0 in a closed loop,
// where a request is due when it is sent.
struct Schedule {
    double first = 0;  // nanoseconds, as `every`
    double every = 0;

    Nanoseconds due(std::uint64_t number) const {
        constexpr double kNever = 1e18;  // in thirty years
        return Nanoseconds{
            static_cast<Nanoseconds::rep>(std::min(first + static_cast<double>(number) * every, kNever))};
    }
};

// The run's slots; 0 in a closed loop. Those before a connection's opening (Plan::ramp) fall to nobody.
std::uint64_t slots_of(const Plan& plan);

// When a connection is opened.
Nanoseconds opening(const Plan& plan, std::size_t number);

struct Turns {
    std::uint64_t first_round = 0;  // of its first slot; each round is one slot of every connection
    Schedule schedule;
};
Turns turns_of(const Plan& plan, std::size_t number);

}  // namespace station::hammer
