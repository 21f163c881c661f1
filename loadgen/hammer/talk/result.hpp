// What a run of the chat's load has seen. Times are nanoseconds.
#pragma once

#include <cstdint>
#include <loadgen/hammer/plan.hpp>
#include <loadgen/hammer/talk/tally.hpp>
#include <optional>
#include <string>
#include <vector>

namespace station::hammer::talk {

// What the started server costs.
struct Cost {
    Nanoseconds processor{0};          // while things were said, and until all of it was in the tables
    std::uint64_t resident_alone = 0;  // bytes, before the first member connected,
    std::uint64_t resident_full = 0;   // when all were there and nothing was said yet,
    std::uint64_t resident_after = 0;  // and at the end, with all of them still there
};

struct Moment {
    Nanoseconds at{0};  // since the talking began
    std::uint64_t acknowledged = 0;
    std::uint64_t delivered = 0;
};

struct Result {
    Tally seen;
    Nanoseconds elapsed{0};  // from the first word to the last acknowledgement
    std::uint64_t due = 0;   // open loop: how many messages the plan has
    std::uint64_t acknowledged = 0;
    std::uint64_t lost = 0;        // acknowledged, or seen by somebody, and not seen by a member: for each member
    std::uint64_t conflicts = 0;   // a message at two places, or two at one
    std::uint64_t not_stored = 0;  // acknowledged, and not among what the chat says its rooms hold
    std::uint64_t stored_twice = 0;
    std::size_t members = 0;  // that were there when the talking began
    bool ran_out_of_patience = false;
    bool interrupted = false;
    Nanoseconds own_processor{0};  // the load generator's, while things were said: near all of it, it was the limit
    std::optional<Cost> cost;
    std::string failure;  // why there was no run, or what was wrong with the server's end; empty: nothing
    std::vector<Moment> moments;

    double rate() const;                       // acknowledged messages a second
    double processor_rate() const;             // and a second of the server's processor time; 0: not known
    std::uint64_t bytes_a_connection() const;  // 0: not known
    // Each message once and in order for every member, nothing that was acknowledged lost, and nothing left over.
    bool right() const;
};

}  // namespace station::hammer::talk
