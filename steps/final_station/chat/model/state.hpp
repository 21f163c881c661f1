// What a chat is now, but for what its messages say: who there is, which rooms, who is in them, who is signed in. A
// fold of its events in the order of the ledger, so small that it lies in memory: gates look at it, never at a
// database.
//
// A value: it can be copied, which is how the book goes back where the ledger refused what was folded already.
// Not thread-safe.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "events.hpp"

namespace station::chat {

enum class Role { member, administrator, bot };
enum class RoomType { open, closed, direct };
enum class Involvement { invisible, nothing, mentions, everything };

std::string_view name_of(Role role);
std::string_view name_of(RoomType type);
std::string_view name_of(Involvement level);
std::optional<Role> role_of(std::string_view name);
std::optional<RoomType> room_type_of(std::string_view name);
std::optional<Involvement> involvement_of(std::string_view name);

inline constexpr std::int64_t kSecond = 1'000'000'000;  // ns
inline constexpr std::int64_t kSessionLives = 24 * 3600 * kSecond;

struct User {
    Id id;
    std::string name;
    std::string login;
    std::string password;  // empty: a bot
    Role role = Role::member;
    bool active = true;
    Digest bot_key = {};
    std::string webhook = {};  // empty: none
};

struct Session {
    Id user;
    std::int64_t used = 0;  // ns since 1970, to the hour
    bool alive(std::int64_t now) const { return now < used + kSessionLives; }
};

struct SignInCode {
    Id user;
    Id by;
    std::int64_t until = 0;
};

struct Membership {
    Involvement involvement = Involvement::mentions;
    std::uint64_t seen = 0;  // sequence up to which nothing is unread
};

struct Room {
    Id id;
    std::string name;
    RoomType type = RoomType::open;
    Id creator;
    std::unordered_map<Id, Membership, IdHash> members = {};

    const Membership* member(const Id& user) const {
        const auto found = members.find(user);
        return found != members.end() ? &found->second : nullptr;
    }
};

class State {
  public:
    // `sequence`: the event's global one.
    void apply(const Event& event, std::uint64_t sequence);

    bool is_set_up() const { return !users_.empty(); }
    const Id& chat() const { return chat_; }
    const std::string& join_code() const { return join_code_; }

    // nullptr: there is none.
    const User* user(const Id& id) const;
    const User* user_with_login(std::string_view login) const;  // in either case
    const User* bot_with_key(const Digest& key) const;
    const Session* session(const Digest& token) const;
    const SignInCode* sign_in_code(const Digest& code) const;
    const Room* room(const Id& id) const;
    const Room* direct_room(std::vector<Id> people) const;  // of exactly these
    const Membership* membership(const Id& room, const Id& user) const;
    bool is_deleted(const Id& message) const { return deleted_.contains(message); }

    const std::map<Id, User>& users() const { return users_; }
    const std::unordered_map<Id, Room, IdHash>& rooms() const { return rooms_; }
    const std::set<Id>& rooms_of(const Id& user) const;
    std::vector<Digest> sessions_of(const Id& user) const;
    std::size_t administrators() const;  // that are active

  private:
    void on(const ChatSetUp& event, std::uint64_t sequence);
    void on(const JoinCodeRenewed& event, std::uint64_t sequence);
    void on(const UserJoined& event, std::uint64_t sequence);
    void on(const UserChanged& event, std::uint64_t sequence);
    void on(const UserRoleChanged& event, std::uint64_t sequence);
    void on(const UserActiveChanged& event, std::uint64_t sequence);
    void on(const SessionStarted& event, std::uint64_t sequence);
    void on(const SessionUsed& event, std::uint64_t sequence);
    void on(const SessionsEnded& event, std::uint64_t sequence);
    void on(const SignInCodeMade& event, std::uint64_t sequence);
    void on(const SignInCodeUsed& event, std::uint64_t sequence);
    void on(const Seen& event, std::uint64_t sequence);
    void on(const BotMade& event, std::uint64_t sequence);
    void on(const BotChanged& event, std::uint64_t sequence);
    void on(const RoomMade& event, std::uint64_t sequence);
    void on(const RoomChanged& event, std::uint64_t sequence);
    void on(const RoomDeleted& event, std::uint64_t sequence);
    void on(const MemberAdded& event, std::uint64_t sequence);
    void on(const MemberRemoved& event, std::uint64_t sequence);
    void on(const InvolvementChanged& event, std::uint64_t sequence);
    void on(const MessageDeleted& event, std::uint64_t sequence);
    // What a message says, and what is said about it, is the projection's.
    void on(const MessagePosted&, std::uint64_t) {}
    void on(const MessageEdited&, std::uint64_t) {}
    void on(const Boosted&, std::uint64_t) {}
    void on(const Unboosted&, std::uint64_t) {}

    void add_user(User user, std::uint64_t sequence);
    void set_login(User& user, const std::string& login);
    void start_session(const Id& user, const Digest& token, std::int64_t at);
    void end_sessions(const Id& user, const std::optional<Digest>& but);
    void join(Room& room, const Id& user, std::uint64_t sequence);
    void join_open_rooms(const Id& user, std::uint64_t sequence);

    Id chat_;
    std::string join_code_;
    std::map<Id, User> users_;
    std::unordered_map<std::string, Id> logins_;  // in lower case
    std::unordered_map<Digest, Id, DigestHash> bots_;
    std::unordered_map<Digest, Session, DigestHash> sessions_;
    std::unordered_map<Id, std::set<Digest>, IdHash> sessions_of_;
    std::unordered_map<Digest, SignInCode, DigestHash> codes_;
    std::unordered_map<Id, Room, IdHash> rooms_;
    std::unordered_map<Id, std::set<Id>, IdHash> rooms_of_;
    std::map<std::vector<Id>, Id> direct_;  // sorted people
    std::unordered_set<Id, IdHash> deleted_;
};

}  // namespace station::chat
