// A message as the tables have it. Its place is its room's number and its sequence in one, so that the messages of a
// room lie one behind the other, in the table as in the search index: a page is one stretch of it, and so is what
// search finds in a room.
#pragma once

#include <cstdint>
#include <optional>
#include <station/sqlite/sqlite.hpp>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "messages.hpp"
#include "names.hpp"

namespace station::chat {

using Place = std::int64_t;

inline constexpr std::uint64_t kMaxSequence = 0xFFFF'FFFF;  // a ledger has no more events than that

constexpr Place place_of(RoomNumber room, std::uint64_t sequence) {
    const std::uint64_t low = sequence < kMaxSequence ? sequence : kMaxSequence;
    return static_cast<Place>(std::uint64_t{room} << 32 | low);
}
constexpr RoomNumber room_of(Place place) { return static_cast<RoomNumber>(static_cast<std::uint64_t>(place) >> 32); }
constexpr std::uint64_t sequence_of(Place place) { return static_cast<std::uint64_t>(place) & kMaxSequence; }

struct BoostRow {
    UserNumber user = 0;
    std::string content;
    std::uint64_t sequence = 0;  // of its event: they are shown in this order
};

struct Row {
    Place place = 0;
    Id id;
    UserNumber creator = 0;
    std::string client_message_id;
    std::string content;
    std::int64_t created_at = 0;  // ns since 1970
    std::optional<std::int64_t> edited_at = {};
    std::optional<std::uint64_t> changed = {};  // sequence of the last event about it, but for its post
    bool deleted = false;                       // a mark: its content is gone
    std::vector<Id> mentions = {};
    std::optional<Id> edit = {};  // the event that its content comes from, where that is not its post
    std::vector<BoostRow> boosts = {};
};

// What read_row() takes, in this order.
inline constexpr std::string_view kRowColumns =
    "place, id, creator, client_message_id, content, created_at, edited_at, changed, deleted, mentions, edit";
Row read_row(const sqlite::Statement& statement);

Id id_in(log::Bytes bytes);  // nil where there are not 16
std::vector<std::byte> joined(const std::vector<Id>& ids);

// name_of: UserNumber -> Names::Named
template <typename NameOf>
ShownMessage shown(Row&& row, const Id& room, NameOf&& name_of) {
    ShownMessage message;
    message.id = row.id;
    message.room = room;
    auto creator = name_of(row.creator);
    message.creator = creator.id;
    message.creator_name = std::move(creator.name);
    message.content = std::move(row.content);
    message.client_message_id = std::move(row.client_message_id);
    message.created_at = row.created_at;
    message.edited_at = row.edited_at;
    message.sequence = sequence_of(row.place);
    for (BoostRow& boost : row.boosts) {
        auto who = name_of(boost.user);
        message.boosts.push_back({who.id, std::move(who.name), std::move(boost.content)});
    }
    message.mentions = std::move(row.mentions);
    return message;
}

}  // namespace station::chat
