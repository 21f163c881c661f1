// Where in the source a return address is, with what was inlined there. addr2line of binutils, which comes with every
// compiler, is started once, before the first fork, and answers all processes in turn.
#pragma once

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
// Of an atomic operation: whether the code that asks for it is the learner's. Remembered for all processes.
bool is_learners(const void* return_address);

}  // namespace station::explore
