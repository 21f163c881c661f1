// A stretch of a segment file in which no record can be used, and the events that are missing there. What is known of
// it besides depends on who speaks: a scan (Gap), the judgement on a torn tail (Loss), a report or a cursor (Damage).
#pragma once

#include <cstdint>

namespace station::log {

struct Range {
    std::uint64_t from = 0;  // bytes [from, to) of the file
    std::uint64_t to = 0;
    std::uint64_t first_offset = 0;  // events from here up to next_offset are lost
    std::uint64_t next_offset = 0;
};

}  // namespace station::log
