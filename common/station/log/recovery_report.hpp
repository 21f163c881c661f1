// What the last start of a topic found and did; detail/recovery.hpp says by which rules.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace station::log {

struct Damage {
    std::string file;
    std::uint64_t from = 0;  // bytes [from, to) of the file
    std::uint64_t to = 0;
    std::uint64_t first_offset = 0;  // events from here up to next_offset are lost
    std::uint64_t next_offset = 0;
    std::string reason;
};

// For people and for monitoring: what the last start found and did.
struct RecoveryReport {
    std::uint64_t segments = 0;
    std::uint64_t scanned_segments = 0;
    std::uint64_t scanned_bytes = 0;
    std::uint64_t rebuilt_indexes = 0;
    std::uint64_t cut_bytes = 0;         // kept in cut_into
    std::string cut_from;                // the segment file, empty where nothing was cut
    std::uint64_t cut_at = 0;            // position in it
    std::string cut_into;
    std::vector<std::string> set_aside;  // segments behind a cut, renamed
    bool clean = false;                  // the last close was a clean one
    std::chrono::nanoseconds duration{0};
    std::vector<Damage> damage;
};

std::string to_json(const RecoveryReport& report);

}  // namespace station::log
