// Where in the source a return address is, with what was inlined there. addr2line of binutils, which comes with every
// compiler, is started once, before the first fork, and answers all processes in turn.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace station::explore {

struct Place {
    std::string file;  // absolute
    int line = 0;
};

// Once, in the process that forks the others.
void start_symbols();

// From the innermost inlined function outwards; empty: nothing is known.
std::vector<Place> places_of(const void* return_address);

// Neither the system's nor moodycamel's nor the explorer's.
bool is_learners(const Place& place);

// Whose code asks for an atomic operation, or yields. Remembered for all processes.
enum class Origin : std::uint8_t {
    learner,
    library,
    standard_wait,      // std::atomic's wait(), and what is made of it: it looks some times before it sleeps
    atomic_shared_ptr,  // of libstdc++ 12, which unlocks with a relaxed store where a release is needed
};
Origin origin_of(const void* return_address);

}  // namespace station::explore
