#include "room_json.hpp"

#include <algorithm>
#include <station/wire/json.hpp>

namespace station::chat {

std::optional<ShownRoom> shown_room(const State& state, const Id& id, const Id& user) {
    const Room* const room = state.room(id);
    const Membership* const its = room != nullptr ? room->member(user) : nullptr;
    if (its == nullptr) return std::nullopt;
    const User* const creator = state.user(room->creator);
    return ShownRoom{.id = id,
                     .name = room->name,
                     .type = room->type,
                     .creator = room->creator,
                     .creator_name = creator != nullptr ? creator->name : std::string{},
                     .involvement = its->involvement,
                     .seen = its->seen};
}

std::vector<ShownRoom> shown_rooms(const State& state, const Id& user) {
    std::vector<ShownRoom> rooms;
    for (const Id& id : state.rooms_of(user)) {
        if (auto room = shown_room(state, id, user)) rooms.push_back(std::move(*room));
    }
    return rooms;
}

bool can_be_unread(Involvement level) { return level == Involvement::mentions || level == Involvement::everything; }

Projection::Found<void> count(ShownRoom& room, const Projection& projection, const Id& user, std::uint64_t seen) {
    room.seen = std::max(room.seen, seen);
    if (can_be_unread(room.involvement)) {
        const auto unread = projection.unread(room.id, user, room.seen);
        if (!unread) return tl::unexpected(unread.error());
        room.unread = *unread;
    }
    const auto last = projection.last_message_at(room.id);
    if (!last) return tl::unexpected(last.error());
    room.last_message_at = *last;
    return {};
}

std::string to_json(const ShownRoom& room) {
    const auto text = [](std::string_view value) { return '"' + wire::escape_json(value) + '"'; };
    return R"({"id":")" + room.id.to_text() + R"(","name":)" + text(room.name) + R"(,"type":")" +
           std::string{name_of(room.type)} + R"(","creator":{"id":")" + room.creator.to_text() + R"(","name":)" +
           text(room.creator_name) + R"(},"involvement":")" + std::string{name_of(room.involvement)} +
           R"(","unread":)" + std::to_string(room.unread.count) + R"(,"last_message_at":)" +
           (room.last_message_at ? std::to_string(*room.last_message_at) : "null") + "}";
}

}  // namespace station::chat
