#include "state.hpp"

#include <algorithm>
#include <array>
#include <station/base/text.hpp>

namespace station::chat {
namespace {

constexpr std::array<std::string_view, 3> kRoles{"member", "administrator", "bot"};
constexpr std::array<std::string_view, 3> kRoomTypes{"open", "closed", "direct"};
constexpr std::array<std::string_view, 4> kInvolvements{"invisible", "nothing", "mentions", "everything"};

template <typename Enum, std::size_t N>
std::optional<Enum> one_of(const std::array<std::string_view, N>& names, std::string_view name) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Enum>(found - names.begin());
}

template <typename Map>
auto* at(Map& map, const typename Map::key_type& key) {
    const auto found = map.find(key);
    return found != map.end() ? &found->second : nullptr;
}

std::vector<Id> sorted(std::vector<Id> people) {
    std::ranges::sort(people);
    people.erase(std::unique(people.begin(), people.end()), people.end());
    return people;
}

}  // namespace

std::string_view name_of(Role role) { return kRoles[static_cast<std::size_t>(role)]; }
std::string_view name_of(RoomType type) { return kRoomTypes[static_cast<std::size_t>(type)]; }
std::string_view name_of(Involvement level) { return kInvolvements[static_cast<std::size_t>(level)]; }
std::optional<Role> role_of(std::string_view name) { return one_of<Role>(kRoles, name); }
std::optional<RoomType> room_type_of(std::string_view name) { return one_of<RoomType>(kRoomTypes, name); }
std::optional<Involvement> involvement_of(std::string_view name) { return one_of<Involvement>(kInvolvements, name); }

void State::apply(const Event& event, std::uint64_t sequence) {
    std::visit([&](const auto& one) { on(one, sequence); }, event);
}

const User* State::user(const Id& id) const { return at(users_, id); }
const User* State::user_with_login(std::string_view login) const {
    const Id* const id = at(logins_, base::lower(login));
    return id != nullptr ? user(*id) : nullptr;
}
const User* State::bot_with_key(const Digest& key) const {
    const Id* const id = at(bots_, key);
    return id != nullptr ? user(*id) : nullptr;
}
const Session* State::session(const Digest& token) const { return at(sessions_, token); }
const SignInCode* State::sign_in_code(const Digest& code) const { return at(codes_, code); }
const Room* State::room(const Id& id) const { return at(rooms_, id); }
const Room* State::direct_room(std::vector<Id> people) const {
    const Id* const id = at(direct_, sorted(std::move(people)));
    return id != nullptr ? room(*id) : nullptr;
}
const Membership* State::membership(const Id& room_id, const Id& user_id) const {
    const Room* const found = room(room_id);
    return found != nullptr ? found->member(user_id) : nullptr;
}
const std::set<Id>& State::rooms_of(const Id& user_id) const {
    static const std::set<Id> none;
    const auto* const rooms = at(rooms_of_, user_id);
    return rooms != nullptr ? *rooms : none;
}
std::vector<Digest> State::sessions_of(const Id& user_id) const {
    const auto* const sessions = at(sessions_of_, user_id);
    return sessions != nullptr ? std::vector<Digest>{sessions->begin(), sessions->end()} : std::vector<Digest>{};
}
std::size_t State::administrators() const {
    return static_cast<std::size_t>(std::ranges::count_if(users_, [](const auto& entry) {
        return entry.second.active && entry.second.role == Role::administrator;
    }));
}

void State::on(const ChatSetUp& event, std::uint64_t sequence) {
    chat_ = event.chat;
    join_code_ = event.join_code;
    add_user({event.user, event.name, event.login, event.password, Role::administrator}, sequence);
    start_session(event.user, event.session, event.at);
    on(RoomMade{event.room, event.room_name, std::string{name_of(RoomType::open)}, event.user, {}}, sequence);
}

void State::on(const JoinCodeRenewed& event, std::uint64_t) { join_code_ = event.join_code; }

void State::on(const UserJoined& event, std::uint64_t sequence) {
    add_user({event.user, event.name, event.login, event.password}, sequence);
    start_session(event.user, event.session, event.at);
}

void State::on(const UserChanged& event, std::uint64_t) {
    User* const changed = at(users_, event.user);
    if (changed == nullptr) return;
    if (event.name) changed->name = *event.name;
    if (event.login) set_login(*changed, *event.login);
    if (!event.password) return;
    changed->password = *event.password;
    end_sessions(event.user, event.session);
}

void State::on(const UserRoleChanged& event, std::uint64_t) {
    User* const changed = at(users_, event.user);
    if (const auto role = role_of(event.role); changed != nullptr && role) changed->role = *role;
}

void State::on(const UserActiveChanged& event, std::uint64_t sequence) {
    User* const changed = at(users_, event.user);
    if (changed == nullptr) return;
    changed->active = event.active;
    if (!event.active) return end_sessions(event.user, std::nullopt);
    join_open_rooms(event.user, sequence);
}

void State::on(const SessionStarted& event, std::uint64_t) { start_session(event.user, event.session, event.at); }

void State::on(const SessionUsed& event, std::uint64_t) {
    if (Session* const used = at(sessions_, event.session)) used->used = std::max(used->used, event.at);
}

void State::on(const SessionsEnded& event, std::uint64_t) {
    if (!event.session) return end_sessions(event.user, std::nullopt);
    sessions_.erase(*event.session);
    if (auto* const all = at(sessions_of_, event.user)) all->erase(*event.session);
}

void State::on(const SignInCodeMade& event, std::uint64_t) {
    std::erase_if(codes_, [&](const auto& entry) { return entry.second.user == event.user; });
    codes_[event.code] = {event.user, event.by, event.until};
}

void State::on(const SignInCodeUsed& event, std::uint64_t) {
    codes_.erase(event.code);
    User* const changed = at(users_, event.user);
    if (changed == nullptr) return;
    if (event.password) {
        changed->password = *event.password;
        end_sessions(event.user, std::nullopt);
    }
    start_session(event.user, event.session, event.at);
}

void State::on(const Seen& event, std::uint64_t) {
    for (const RoomSeen& one : event.rooms) {
        Room* const where = at(rooms_, one.room);
        Membership* const who = where != nullptr ? at(where->members, event.user) : nullptr;
        if (who != nullptr) who->seen = std::max(who->seen, one.sequence);
    }
}

void State::on(const BotMade& event, std::uint64_t sequence) {
    add_user({event.user, event.name, event.login, {}, Role::bot, true, event.key, event.webhook.value_or("")},
             sequence);
    bots_[event.key] = event.user;
}

void State::on(const BotChanged& event, std::uint64_t) {
    User* const bot = at(users_, event.user);
    if (bot == nullptr) return;
    if (event.name) bot->name = *event.name;
    if (event.login) set_login(*bot, *event.login);
    if (event.webhook) bot->webhook = *event.webhook;
    if (!event.key) return;
    bots_.erase(bot->bot_key);
    bot->bot_key = *event.key;
    bots_[*event.key] = event.user;
}

void State::on(const RoomMade& event, std::uint64_t sequence) {
    Room& made = rooms_[event.room];
    made = {event.room, event.name, room_type_of(event.type).value_or(RoomType::closed), event.by};
    if (made.type == RoomType::open) {
        for (const auto& [id, who] : users_) join(made, id, sequence);
        return;
    }
    for (const Id& who : event.members) join(made, who, sequence);
    join(made, event.by, sequence);
    if (made.type != RoomType::direct) return;
    std::vector<Id> people = event.members;
    people.push_back(event.by);
    direct_[sorted(std::move(people))] = event.room;
}

void State::on(const RoomChanged& event, std::uint64_t sequence) {
    Room* const changed = at(rooms_, event.room);
    if (changed == nullptr) return;
    if (event.name) changed->name = *event.name;
    if (event.type) changed->type = room_type_of(*event.type).value_or(changed->type);
    if (changed->type != RoomType::open) return;
    for (const auto& [id, who] : users_) join(*changed, id, sequence);
}

void State::on(const RoomDeleted& event, std::uint64_t) {
    const Room* const gone = at(rooms_, event.room);
    if (gone == nullptr) return;
    for (const auto& [id, membership] : gone->members) rooms_of_[id].erase(event.room);
    std::erase_if(direct_, [&](const auto& entry) { return entry.second == event.room; });
    rooms_.erase(event.room);
}

void State::on(const MemberAdded& event, std::uint64_t sequence) {
    if (Room* const where = at(rooms_, event.room)) join(*where, event.user, sequence);
}

void State::on(const MemberRemoved& event, std::uint64_t) {
    if (Room* const where = at(rooms_, event.room)) where->members.erase(event.user);
    rooms_of_[event.user].erase(event.room);
}

void State::on(const InvolvementChanged& event, std::uint64_t) {
    Room* const where = at(rooms_, event.room);
    Membership* const who = where != nullptr ? at(where->members, event.user) : nullptr;
    if (const auto level = involvement_of(event.level); who != nullptr && level) who->involvement = *level;
}

void State::on(const MessageDeleted& event, std::uint64_t) { deleted_.insert(event.message); }

void State::add_user(User user, std::uint64_t sequence) {
    const Id id = user.id;
    const std::string login = user.login;
    set_login(users_[id] = std::move(user), login);
    join_open_rooms(id, sequence);
}

void State::set_login(User& user, const std::string& login) {
    if (const Id* const owner = at(logins_, base::lower(user.login)); owner != nullptr && *owner == user.id) {
        logins_.erase(base::lower(user.login));
    }
    user.login = login;
    logins_[base::lower(login)] = user.id;
}

// Those that have expired go where the same person comes again.
void State::start_session(const Id& user, const Digest& token, std::int64_t at_time) {
    std::set<Digest>& all = sessions_of_[user];
    std::erase_if(all, [&](const Digest& one) {
        const Session* const old = at(sessions_, one);
        if (old != nullptr && old->alive(at_time)) return false;
        sessions_.erase(one);
        return true;
    });
    all.insert(token);
    sessions_[token] = {user, at_time};
}

void State::end_sessions(const Id& user, const std::optional<Digest>& but) {
    std::set<Digest>& all = sessions_of_[user];
    std::erase_if(all, [&](const Digest& one) {
        if (one == but) return false;
        sessions_.erase(one);
        return true;
    });
}

void State::join(Room& room, const Id& user, std::uint64_t sequence) {
    const auto level = room.type == RoomType::direct ? Involvement::everything : Involvement::mentions;
    room.members.try_emplace(user, Membership{level, sequence});
    rooms_of_[user].insert(room.id);
}

void State::join_open_rooms(const Id& user, std::uint64_t sequence) {
    for (auto& [id, room] : rooms_) {
        if (room.type == RoomType::open) join(room, user, sequence);
    }
}

}  // namespace station::chat
