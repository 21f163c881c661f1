// Looks for a schedule under which a scenario fails, and makes the one that it finds short: what can be left out of its
// deviations from the straight schedule, is (Zeller's delta debugging, 1999). From a process that has one thread; each
// batch of schedules runs in a child of its own.
#pragma once

#include <cstdint>
#include <loadgen/explore/explore.hpp>
#include <loadgen/explore/outcome.hpp>
#include <string>
#include <vector>

namespace station::explore {

struct Finding {
    Kind kind = Kind::none;
    std::string cause;
    std::uint64_t seed = 0;
    long schedules = 0;  // that ran until it was found, it included; or in all
    std::vector<StoryLine> story;
};

// Once, before anything else of here.
void start_explorer();

// The straight schedule, and then those of the seeds from `seed` on: even ones with PCT, odd ones with a coin.
Finding explore(const Scenario& scenario, long schedules, std::uint64_t seed);
// The schedule of one seed; 0 is the straight one.
Finding replay(const Scenario& scenario, std::uint64_t seed);

}  // namespace station::explore
