// The story of a schedule that failed, a line a step: "worker 2 reads 41 · worker 1 reads 41 · …", with the line of the
// learner's file. Of what happened it keeps what two threads could tell: locks, signals, and what both of them touched.
#pragma once

#include <cstdint>

namespace station::explore {

// The two accesses, as trace.hpp numbers them, of the race that is about to end the schedule.
void note_race(std::uint32_t earlier, std::uint32_t later);

// Writes the story and its cause into the outcome. At the end of a schedule that was told to keep what happens.
void tell_story();

}  // namespace station::explore
