#include "events.hpp"

#include <station/ledger/wire/message_pack.hpp>

namespace station::chat {
namespace {

using ledger::PackReader;
using ledger::PackWriter;

constexpr std::string_view kUser = "user:";
constexpr std::string_view kRoom = "room:";

template <typename Event, typename T>
struct Field {
    std::string_view name;
    T Event::*member;
};
template <typename Event, typename T>
Field(std::string_view, T Event::*) -> Field<Event, T>;

// What of each event stands in its payload, in this order.
template <typename Event>
constexpr auto kFields = nullptr;

template <>
constexpr auto kFields<ChatSetUp> = std::tuple{Field{"chat", &ChatSetUp::chat},
                                               Field{"user", &ChatSetUp::user},
                                               Field{"name", &ChatSetUp::name},
                                               Field{"login", &ChatSetUp::login},
                                               Field{"password", &ChatSetUp::password},
                                               Field{"session", &ChatSetUp::session},
                                               Field{"at", &ChatSetUp::at},
                                               Field{"join_code", &ChatSetUp::join_code},
                                               Field{"room", &ChatSetUp::room},
                                               Field{"room_name", &ChatSetUp::room_name}};
template <>
constexpr auto kFields<JoinCodeRenewed> =
    std::tuple{Field{"by", &JoinCodeRenewed::by}, Field{"join_code", &JoinCodeRenewed::join_code}};
template <>
constexpr auto kFields<UserJoined> = std::tuple{Field{"name", &UserJoined::name}, Field{"login", &UserJoined::login},
                                                Field{"password", &UserJoined::password},
                                                Field{"session", &UserJoined::session}, Field{"at", &UserJoined::at}};
template <>
constexpr auto kFields<UserChanged> =
    std::tuple{Field{"name", &UserChanged::name}, Field{"login", &UserChanged::login},
               Field{"password", &UserChanged::password}, Field{"session", &UserChanged::session}};
template <>
constexpr auto kFields<UserRoleChanged> =
    std::tuple{Field{"by", &UserRoleChanged::by}, Field{"role", &UserRoleChanged::role}};
template <>
constexpr auto kFields<UserActiveChanged> =
    std::tuple{Field{"by", &UserActiveChanged::by}, Field{"active", &UserActiveChanged::active}};
template <>
constexpr auto kFields<SessionStarted> =
    std::tuple{Field{"session", &SessionStarted::session}, Field{"at", &SessionStarted::at}};
template <>
constexpr auto kFields<SessionUsed> =
    std::tuple{Field{"session", &SessionUsed::session}, Field{"at", &SessionUsed::at}};
template <>
constexpr auto kFields<SessionsEnded> = std::tuple{Field{"session", &SessionsEnded::session}};
template <>
constexpr auto kFields<SignInCodeMade> =
    std::tuple{Field{"by", &SignInCodeMade::by}, Field{"code", &SignInCodeMade::code},
               Field{"until", &SignInCodeMade::until}};
template <>
constexpr auto kFields<SignInCodeUsed> =
    std::tuple{Field{"code", &SignInCodeUsed::code}, Field{"password", &SignInCodeUsed::password},
               Field{"session", &SignInCodeUsed::session}, Field{"at", &SignInCodeUsed::at}};
template <>
constexpr auto kFields<RoomSeen> = std::tuple{Field{"room", &RoomSeen::room}, Field{"sequence", &RoomSeen::sequence}};
template <>
constexpr auto kFields<Seen> = std::tuple{Field{"rooms", &Seen::rooms}};
template <>
constexpr auto kFields<BotMade> =
    std::tuple{Field{"by", &BotMade::by}, Field{"name", &BotMade::name}, Field{"login", &BotMade::login},
               Field{"key", &BotMade::key}, Field{"webhook", &BotMade::webhook}};
template <>
constexpr auto kFields<BotChanged> =
    std::tuple{Field{"by", &BotChanged::by}, Field{"name", &BotChanged::name}, Field{"login", &BotChanged::login},
               Field{"webhook", &BotChanged::webhook}, Field{"key", &BotChanged::key}};
template <>
constexpr auto kFields<RoomMade> = std::tuple{Field{"name", &RoomMade::name}, Field{"type", &RoomMade::type},
                                              Field{"by", &RoomMade::by}, Field{"members", &RoomMade::members}};
template <>
constexpr auto kFields<RoomChanged> =
    std::tuple{Field{"by", &RoomChanged::by}, Field{"name", &RoomChanged::name}, Field{"type", &RoomChanged::type}};
template <>
constexpr auto kFields<RoomDeleted> = std::tuple{Field{"by", &RoomDeleted::by}};
template <>
constexpr auto kFields<MemberAdded> = std::tuple{Field{"user", &MemberAdded::user}, Field{"by", &MemberAdded::by}};
template <>
constexpr auto kFields<MemberRemoved> =
    std::tuple{Field{"user", &MemberRemoved::user}, Field{"by", &MemberRemoved::by}};
template <>
constexpr auto kFields<InvolvementChanged> =
    std::tuple{Field{"user", &InvolvementChanged::user}, Field{"level", &InvolvementChanged::level}};
template <>
constexpr auto kFields<MessagePosted> =
    std::tuple{Field{"by", &MessagePosted::by}, Field{"content", &MessagePosted::content},
               Field{"client_message_id", &MessagePosted::client_message_id},
               Field{"mentions", &MessagePosted::mentions}};
template <>
constexpr auto kFields<MessageEdited> =
    std::tuple{Field{"message", &MessageEdited::message}, Field{"by", &MessageEdited::by},
               Field{"content", &MessageEdited::content}, Field{"mentions", &MessageEdited::mentions}};
template <>
constexpr auto kFields<MessageDeleted> =
    std::tuple{Field{"message", &MessageDeleted::message}, Field{"by", &MessageDeleted::by}};
template <>
constexpr auto kFields<Boosted> =
    std::tuple{Field{"message", &Boosted::message}, Field{"by", &Boosted::by}, Field{"content", &Boosted::content}};
template <>
constexpr auto kFields<Unboosted> = std::tuple{Field{"message", &Unboosted::message}, Field{"by", &Unboosted::by},
                                               Field{"content", &Unboosted::content}};

template <typename Event>
void put(PackWriter& writer, const Event& event);

void put(PackWriter& writer, const std::string& text) { writer.string(text); }
void put(PackWriter& writer, const Id& id) { writer.string(id.to_text()); }
void put(PackWriter& writer, const Digest& digest) { writer.string(digest.to_hex()); }
void put(PackWriter& writer, std::int64_t number) { writer.integer(number); }
void put(PackWriter& writer, std::uint64_t number) { writer.unsigned_integer(number); }
void put(PackWriter& writer, bool value) { writer.boolean(value); }
template <typename T>
void put(PackWriter& writer, const std::optional<T>& value) {
    value ? put(writer, *value) : writer.nil();
}
template <typename T>
void put(PackWriter& writer, const std::vector<T>& values) {
    writer.array(static_cast<std::uint32_t>(values.size()));
    for (const T& value : values) put(writer, value);
}
template <typename Event>
void put(PackWriter& writer, const Event& event) {
    std::apply(
        [&](const auto&... field) {
            writer.map(sizeof...(field));
            ((writer.string(field.name), put(writer, event.*field.member)), ...);
        },
        kFields<Event>);
}

template <typename Event>
void take(PackReader& reader, Event& event);

void take(PackReader& reader, std::string& text) { text = reader.string(); }
void take(PackReader& reader, Id& id) {
    const auto read = Id::from_text(reader.string());
    read ? void(id = *read) : reader.fail();
}
void take(PackReader& reader, Digest& digest) {
    const auto read = Digest::from_hex(reader.string());
    read ? void(digest = *read) : reader.fail();
}
void take(PackReader& reader, std::int64_t& number) { number = reader.integer(); }
void take(PackReader& reader, std::uint64_t& number) { number = reader.unsigned_integer(); }
void take(PackReader& reader, bool& value) { value = reader.boolean(); }
template <typename T>
void take(PackReader& reader, std::optional<T>& value) {
    if (reader.nil()) return value.reset();
    take(reader, value.emplace());
}
template <typename T>
void take(PackReader& reader, std::vector<T>& values) {
    values.clear();
    for (std::uint32_t left = reader.array(); left > 0 && reader.ok(); --left) take(reader, values.emplace_back());
}
template <typename Event>
void take(PackReader& reader, Event& event) {
    for (std::uint32_t left = reader.map(); left > 0 && reader.ok(); --left) {
        const std::string_view key = reader.string();
        const bool known = std::apply(
            [&](const auto&... field) {
                return ((field.name == key && (take(reader, event.*field.member), true)) || ...);
            },
            kFields<Event>);
        if (!known) reader.value();
    }
}

// The id that the entity's name says.
std::optional<Id> about(std::string_view entity, std::string_view prefix) {
    if (!entity.starts_with(prefix)) return std::nullopt;
    return Id::from_text(entity.substr(prefix.size()));
}

template <typename Event>
bool place(Event& event, std::string_view entity) {
    if constexpr (Event::kind.category() == 1) {
        return entity == kChatEntity;
    } else {
        constexpr bool of_user = Event::kind.category() == 2;
        const auto id = about(entity, of_user ? kUser : kRoom);
        if (!id) return false;
        if constexpr (of_user) {
            event.user = *id;
        } else {
            event.room = *id;
        }
        return true;
    }
}

template <std::size_t I = 0>
std::optional<Event> decode_as(EventKind kind, ledger::Bytes payload, std::string_view entity) {
    if constexpr (I == std::variant_size_v<Event>) {
        return std::nullopt;
    } else {
        using One = std::variant_alternative_t<I, Event>;
        if (kind != One::kind) return decode_as<I + 1>(kind, payload, entity);
        One event;
        PackReader reader{payload};
        take(reader, event);
        if (!reader.ok() || !reader.at_end() || !place(event, entity)) return std::nullopt;
        return Event{std::move(event)};
    }
}

}  // namespace

std::string user_entity(const Id& user) { return std::string{kUser} + user.to_text(); }
std::string room_entity(const Id& room) { return std::string{kRoom} + room.to_text(); }

EventKind kind_of(const Event& event) {
    return std::visit([](const auto& one) { return one.kind; }, event);
}

std::string entity_of(const Event& event) {
    return std::visit(
        [](const auto& one) {
            constexpr EventKind kind = std::remove_cvref_t<decltype(one)>::kind;
            if constexpr (kind.category() == 1) {
                return std::string{kChatEntity};
            } else if constexpr (kind.category() == 2) {
                return user_entity(one.user);
            } else {
                return room_entity(one.room);
            }
        },
        event);
}

std::vector<std::byte> encode(const Event& event) {
    std::vector<std::byte> bytes;
    PackWriter writer{bytes};
    std::visit([&](const auto& one) { put(writer, one); }, event);
    return bytes;
}

tl::expected<Recorded, std::error_code> decode(const ledger::StoredEvent& stored) {
    auto event = decode_as(stored->header.event_kind, stored->payload, stored->entity);
    if (!event) return tl::unexpected(make_error_code(ledger::Errc::not_an_event));
    return Recorded{stored->header.event_id, stored.global_sequence(), stored.time(), std::move(*event)};
}

}  // namespace station::chat
