// What the last start of a topic found and did; detail/recovery.hpp says by which rules.
#pragma once

#include <chrono>
#include <cstdint>
#include <station/log/range.hpp>
#include <string>
#include <vector>

namespace station::log {

struct Damage : Range {
    std::string file = {};
    std::string reason = {};
};

// For people and for monitoring: what the last start found and did.
struct RecoveryReport {
    std::uint64_t segments = 0;
    std::uint64_t first_offset = 0;   // that the log begins with: what was before it has gone by retention
    std::uint64_t removed_files = 0;  // of segments before it, whose removal a crash had cut short
    std::uint64_t scanned_segments = 0;
    std::uint64_t scanned_bytes = 0;
    std::uint64_t rebuilt_indexes = 0;
    std::uint64_t cut_bytes = 0;  // kept in cut_into
    std::string cut_from;         // the segment file, empty where nothing was cut
    std::uint64_t cut_at = 0;     // position in it
    std::string cut_into;
    std::vector<std::string> set_aside;  // segments behind a cut, renamed
    bool clean = false;                  // the last close was a clean one
    std::chrono::nanoseconds duration{0};
    std::vector<Damage> damage;
    std::vector<std::string> warnings;  // what could not be done, and need not be: an index, a tail that is cut later
};

std::string to_json(const RecoveryReport& report);

}  // namespace station::log
