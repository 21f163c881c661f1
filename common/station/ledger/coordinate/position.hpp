// Where an event stands in time and in its entity's chain. wall_ms and counter order all events of a ledger (a hybrid
// logical clock: Kulkarni and others, 2014), whatever the system's clock does; depth and lane are 0.
#pragma once

#include <cstdint>
#include <string>

namespace station::ledger {

struct Position {
    std::uint64_t wall_ms = 0;  // since 1970; never less than that of the record before
    std::uint64_t counter = 0;  // 0, 1, 2, … within wall_ms
    std::uint64_t depth = 0;
    std::uint64_t lane = 0;
    std::uint64_t sequence = 0;  // 0, 1, 2, … within the entity

    std::string to_text() const;  // "depth:lane:sequence@wall_ms.counter"
    friend bool operator==(const Position&, const Position&) = default;
};

}  // namespace station::ledger
