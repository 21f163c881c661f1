// What somebody who comes back to a room is told of it: what came after the last message that was seen, and what was
// edited or deleted since of what was seen before. Who names nothing, or no message of this room, and who has missed
// too much, gets the last ones.
//
// Nothing is kept here. One thread at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <system_error>
#include <tl/expected.hpp>
#include <vector>

#include "row.hpp"

namespace station::chat {

inline constexpr std::size_t kMostMissed = 1000;
inline constexpr std::size_t kLastOnes = 50;

struct MissedRows {
    std::vector<Row> messages;  // oldest first
    bool complete = true;       // false: messages behind the one that was named are left out
    std::vector<Row> changed;   // of those before
};

// A room's messages, as they are at one moment.
class Past {
  public:
    template <typename T>
    using Found = tl::expected<T, std::error_code>;

    Past() = default;
    Past(const Past&) = delete;
    Past& operator=(const Past&) = delete;
    virtual ~Past() = default;

    // Of a message of this room, deleted or not. nullopt: it is none of this room's.
    virtual Found<std::optional<std::uint64_t>> sequence_of(const Id& message) = 0;
    // Those at `sequence` and behind it that are not deleted, oldest first.
    virtual Found<std::vector<Row>> from(std::uint64_t sequence, std::size_t limit) = 0;
    // Those before `sequence` that were edited, boosted or deleted at it or behind it: deleted ones as marks.
    virtual Found<std::vector<Row>> changed_from(std::uint64_t sequence) = 0;
    // The newest that are not deleted, oldest first.
    virtual Found<std::vector<Row>> last(std::size_t limit) = 0;
};

// `seen`: the last message that was seen; nullopt: none.
Past::Found<MissedRows> missed_after(Past& past, const std::optional<Id>& seen);
// `sequence`: the first that was not seen; nullopt: nothing was.
Past::Found<MissedRows> missed_from(Past& past, std::optional<std::uint64_t> sequence);

}  // namespace station::chat
