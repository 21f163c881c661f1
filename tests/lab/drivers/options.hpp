// What the drivers take from their command line.
#pragma once

#include <cstdint>

namespace station::lab {

struct Options {
    std::uint64_t seed = 1;  // the first one
    std::uint64_t count = 1;
    std::uint64_t jobs = 1;  // threads that share the work
    bool control = false;    // look through the eyes of a reader that is wrong on purpose: it must be caught
};

}  // namespace station::lab
