// A room as one of its members sees it: docs/chat.md, "A room". What HTTP answers and what WebSockets are told is the
// same text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "chat/model/state.hpp"
#include "chat/projection/projection.hpp"

namespace station::chat {

struct ShownRoom {
    Id id;
    std::string name;  // empty: a direct room, which is called by who is in it
    RoomType type = RoomType::open;
    Id creator;
    std::string creator_name;  // of now
    Involvement involvement = Involvement::mentions;
    std::uint64_t seen = 0;  // sequence up to which nothing is unread
    Projection::Unread unread = {};
    std::optional<std::int64_t> last_message_at = {};  // ns since 1970
};

// Without what only the projection knows. nullopt: the user is not in it.
std::optional<ShownRoom> shown_room(const State& state, const Id& room, const Id& user);
std::vector<ShownRoom> shown_rooms(const State& state, const Id& user);

// Whether what is said in a room can be unread to somebody who is so much involved.
bool can_be_unread(Involvement level);

// Fills in what only the projection knows; waits for a disk. `seen`: where somebody has said to have seen more of the
// room than is stored yet.
Projection::Found<void> count(ShownRoom& room, const Projection& projection, const Id& user, std::uint64_t seen = 0);

// One line, without a line break.
std::string to_json(const ShownRoom& room);

}  // namespace station::chat
