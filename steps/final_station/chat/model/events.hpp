// What happened in a chat: one struct for each kind of event of its ledger. Every command appends one event, so that it
// has happened as a whole or not at all. The payload is a MessagePack map with the fields' names, ids and hashes as
// text, so that `station ledger` shows it as JSON. Everything has scope `chat`; the entity is what the event is about:
// `chat`, `user:<uuid>`, `room:<uuid>`, and that id is not said again in the payload.
//
// Secrets are kept as BLAKE3, passwords as Argon2id: nothing in the ledger lets anybody in.
#pragma once

#include <cstdint>
#include <optional>
#include <station/ledger/coordinate/coordinate.hpp>
#include <station/ledger/coordinate/kind.hpp>
#include <station/ledger/store/stored_event.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <tl/expected.hpp>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "id.hpp"

namespace station::chat {

using ledger::EventKind;

inline constexpr std::string_view kScope = "chat";
inline constexpr std::string_view kChatEntity = "chat";
std::string user_entity(const Id& user);
std::string room_entity(const Id& room);

// Of the chat itself.
struct ChatSetUp {
    static constexpr EventKind kind = EventKind::custom(1, 1);
    Id chat;
    Id user;  // the first administrator
    std::string name;
    std::string login;
    std::string password;  // Argon2id, as libsodium writes it
    Digest session;
    std::int64_t at = 0;  // ns since 1970
    std::string join_code;
    Id room;  // the first, open to all
    std::string room_name;
};
struct JoinCodeRenewed {
    static constexpr EventKind kind = EventKind::custom(1, 2);
    Id by;
    std::string join_code;
};

// Of a user; a bot is one.
struct UserJoined {
    static constexpr EventKind kind = EventKind::custom(2, 1);
    Id user;
    std::string name;
    std::string login;
    std::string password;
    Digest session;
    std::int64_t at = 0;
};
struct UserChanged {
    static constexpr EventKind kind = EventKind::custom(2, 2);
    Id user;
    std::optional<std::string> name;
    std::optional<std::string> login;
    std::optional<std::string> password;  // ends all sessions but `session`
    std::optional<Digest> session;
};
struct UserRoleChanged {
    static constexpr EventKind kind = EventKind::custom(2, 3);
    Id user;
    Id by;
    std::string role;
};
struct UserActiveChanged {
    static constexpr EventKind kind = EventKind::custom(2, 4);
    Id user;
    Id by;
    bool active = true;  // false ends all sessions
};
struct SessionStarted {
    static constexpr EventKind kind = EventKind::custom(2, 5);
    Id user;
    Digest session;
    std::int64_t at = 0;
};
struct SessionUsed {
    static constexpr EventKind kind = EventKind::custom(2, 6);
    Id user;
    Digest session;
    std::int64_t at = 0;
};
struct SessionsEnded {
    static constexpr EventKind kind = EventKind::custom(2, 7);
    Id user;
    std::optional<Digest> session;  // nullopt: all
};
struct SignInCodeMade {
    static constexpr EventKind kind = EventKind::custom(2, 8);
    Id user;
    Id by;
    Digest code;
    std::int64_t until = 0;
};
struct SignInCodeUsed {
    static constexpr EventKind kind = EventKind::custom(2, 9);
    Id user;
    Digest code;
    std::optional<std::string> password;  // ends all other sessions
    Digest session;
    std::int64_t at = 0;
};
struct RoomSeen {
    Id room;
    std::uint64_t sequence = 0;  // of the last message seen
};
struct Seen {
    static constexpr EventKind kind = EventKind::custom(2, 10);
    Id user;
    std::vector<RoomSeen> rooms;
};
struct BotMade {
    static constexpr EventKind kind = EventKind::custom(2, 11);
    Id user;
    Id by;
    std::string name;
    std::string login;
    Digest key;
    std::optional<std::string> webhook;
};
struct BotChanged {
    static constexpr EventKind kind = EventKind::custom(2, 12);
    Id user;
    Id by;
    std::optional<std::string> name;
    std::optional<std::string> login;
    std::optional<std::string> webhook;  // "": none any more
    std::optional<Digest> key;
};

// Of a room.
struct RoomMade {
    static constexpr EventKind kind = EventKind::custom(3, 1);
    Id room;
    std::string name;
    std::string type;  // "open", "closed", "direct"
    Id by;
    std::vector<Id> members;  // of an open room none are named: it has everybody
};
struct RoomChanged {
    static constexpr EventKind kind = EventKind::custom(3, 2);
    Id room;
    Id by;
    std::optional<std::string> name;
    std::optional<std::string> type;
};
struct RoomDeleted {
    static constexpr EventKind kind = EventKind::custom(3, 3);
    Id room;
    Id by;
};
struct MemberAdded {
    static constexpr EventKind kind = EventKind::custom(3, 4);
    Id room;
    Id user;
    Id by;
};
struct MemberRemoved {
    static constexpr EventKind kind = EventKind::custom(3, 5);
    Id room;
    Id user;
    Id by;
};
struct InvolvementChanged {
    static constexpr EventKind kind = EventKind::custom(3, 6);
    Id room;
    Id user;
    std::string level;
};

// Of a message; the entity is its room.
struct MessagePosted {
    static constexpr EventKind kind = EventKind::custom(4, 1);
    Id room;
    Id by;
    std::string content;
    std::string client_message_id;
    std::vector<Id> mentions;  // members whose @login it holds
};
struct MessageEdited {
    static constexpr EventKind kind = EventKind::custom(4, 2);
    Id room;
    Id message;
    Id by;
    std::string content;
    std::vector<Id> mentions;
};
struct MessageDeleted {
    static constexpr EventKind kind = EventKind::custom(4, 3);
    Id room;
    Id message;
    Id by;
};
struct Boosted {
    static constexpr EventKind kind = EventKind::custom(4, 4);
    Id room;
    Id message;
    Id by;
    std::string content;
};
struct Unboosted {
    static constexpr EventKind kind = EventKind::custom(4, 5);
    Id room;
    Id message;
    Id by;
    std::string content;
};

using Event = std::variant<ChatSetUp, JoinCodeRenewed, UserJoined, UserChanged, UserRoleChanged, UserActiveChanged,
                           SessionStarted, SessionUsed, SessionsEnded, SignInCodeMade, SignInCodeUsed, Seen, BotMade,
                           BotChanged, RoomMade, RoomChanged, RoomDeleted, MemberAdded, MemberRemoved,
                           InvolvementChanged, MessagePosted, MessageEdited, MessageDeleted, Boosted, Unboosted>;

// An event and its place in the ledger.
struct Recorded {
    Id id;
    std::uint64_t sequence = 0;  // global
    std::int64_t time = 0;       // ns since 1970
    Event event;
};

EventKind kind_of(const Event& event);
std::string entity_of(const Event& event);
std::vector<std::byte> encode(const Event& event);
// ledger::Errc::not_an_event for what this chat never wrote. Keys that are not known are passed by: a later version may
// say more.
tl::expected<Recorded, std::error_code> decode(const ledger::StoredEvent& event);

}  // namespace station::chat
