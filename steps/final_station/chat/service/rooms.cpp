#include "rooms.hpp"

#include <algorithm>

#include "chat/model/text.hpp"

namespace station::chat {
namespace {

bool is_here(const State& state, const Id& user) {
    const User* const who = state.user(user);
    return who != nullptr && who->active;
}

}  // namespace

RoomAttempt Rooms::attempt(const State& state, const Caller& caller, const Id& id) const {
    RoomAttempt attempt;
    const User* const by = caller.in(state, now_());
    const Room* const room = state.room(id);
    attempt.signed_in = by != nullptr;
    attempt.bot = by != nullptr && by->role == Role::bot;
    attempt.administrator = by != nullptr && by->role == Role::administrator;
    if (room == nullptr) return attempt;
    attempt.member = room->member(caller.user) != nullptr;
    attempt.creator = room->creator == caller.user;
    attempt.open = room->type == RoomType::open;
    attempt.direct = room->type == RoomType::direct;
    return attempt;
}

void Rooms::make(const Caller& caller, std::string name, std::string_view type, std::vector<Id> members,
                 MadeRoom then) {
    const Id room = random_id();
    const auto propose = [&](const State& state) -> Book::Proposed<RoomAttempt> {
        RoomAttempt its = attempt(state, caller, room);
        its.valid_name = is_line(name, kMostOfName);
        const auto wanted = room_type_of(type);
        its.valid_type = wanted && *wanted != RoomType::direct;
        its.whom_known = std::ranges::all_of(members, [&](const Id& user) { return is_here(state, user); });
        if (wanted == RoomType::open) members.clear();
        return std::pair{its, Book::Draft{RoomMade{room, name, std::string{type}, caller.user, members}}};
    };
    book_.write(rules_to_make_room(), propose, [room, then = std::move(then)](Answer<Book::Written> written) {
        if (!written) return then(tl::unexpected(std::move(written.error())));
        then(Made{room, true});
    });
}

void Rooms::make_direct(const Caller& caller, std::vector<Id> people, MadeRoom then) {
    people.push_back(caller.user);
    std::ranges::sort(people);
    people.erase(std::unique(people.begin(), people.end()), people.end());
    const Id room = random_id();
    const auto there = std::make_shared<Id>();
    const auto propose = [&](const State& state) -> Book::Proposed<RoomAttempt> {
        RoomAttempt its = attempt(state, caller, room);
        its.whom_known = std::ranges::all_of(people, [&](const Id& user) { return is_here(state, user); });
        if (const Room* const found = state.direct_room(people); its.signed_in && found != nullptr) {
            *there = found->id;
            return refused("exists");
        }
        return std::pair{its,
                         Book::Draft{RoomMade{room, "", std::string{name_of(RoomType::direct)}, caller.user, people}}};
    };
    book_.write(rules_to_make_direct_room(), propose,
                [this, there, room, then = std::move(then)](Answer<Book::Written> written) {
                    if (written) return then(Made{room, true});
                    if (written.error().reason != kExists) return then(tl::unexpected(std::move(written.error())));
                    // It may be on its way, and nobody is told of what may still be refused.
                    book_.when_settled([this, there, then] {
                        const bool is_there =
                            book_.look([&](const State& state) { return state.room(*there) != nullptr; });
                        if (!is_there) return then(refused("storage_error"));
                        then(Made{*there, false});
                    });
                });
}

void Rooms::change(const Caller& caller, const Id& room, std::optional<std::string> name,
                   std::optional<std::string> type, Book::Done then) {
    const auto propose = [&](const State& state) -> Book::Proposed<RoomAttempt> {
        RoomAttempt its = attempt(state, caller, room);
        its.valid_name = !name || is_line(*name, kMostOfName);
        const auto wanted = type ? room_type_of(*type) : std::nullopt;
        its.valid_type = !type || (wanted && *wanted != RoomType::direct);
        return std::pair{its, Book::Draft{RoomChanged{room, caller.user, name, type}}};
    };
    book_.write(rules_to_change_room(), propose, std::move(then));
}

void Rooms::remove(const Caller& caller, const Id& room, Book::Done then) {
    const auto propose = [&](const State& state) -> Book::Proposed<RoomAttempt> {
        return std::pair{attempt(state, caller, room), Book::Draft{RoomDeleted{room, caller.user}}};
    };
    book_.write(rules_to_delete_room(), propose, std::move(then));
}

void Rooms::add_member(const Caller& caller, const Id& room, const Id& user, Book::Done then) {
    const auto propose = [&](const State& state) -> Book::Proposed<RoomAttempt> {
        RoomAttempt its = attempt(state, caller, room);
        its.whom_known = is_here(state, user);
        return std::pair{its, Book::Draft{MemberAdded{room, user, caller.user}}};
    };
    book_.write(rules_to_add_member(), propose, std::move(then));
}

void Rooms::remove_member(const Caller& caller, const Id& room, const Id& user, Book::Done then) {
    const auto propose = [&](const State& state) -> Book::Proposed<RoomAttempt> {
        RoomAttempt its = attempt(state, caller, room);
        its.oneself = user == caller.user;
        its.whom_member = state.membership(room, user) != nullptr;
        return std::pair{its, Book::Draft{MemberRemoved{room, user, caller.user}}};
    };
    book_.write(rules_to_remove_member(), propose, std::move(then));
}

void Rooms::set_involvement(const Caller& caller, const Id& room, std::string level, Book::Done then) {
    const auto propose = [&](const State& state) -> Book::Proposed<RoomAttempt> {
        RoomAttempt its = attempt(state, caller, room);
        its.valid_level = involvement_of(level).has_value();
        return std::pair{its, Book::Draft{InvolvementChanged{room, caller.user, level}}};
    };
    book_.write(rules_to_be_involved(), propose, std::move(then));
}

void Rooms::seen(const Id& user, std::vector<RoomSeen> rooms, Book::Done then) {
    static const ledger::Pipeline<RoomAttempt> nothing_to_ask{{}};
    const auto propose = [&](const State&) -> Book::Proposed<RoomAttempt> {
        return std::pair{RoomAttempt{}, Book::Draft{Seen{user, std::move(rooms)}}};
    };
    book_.write(nothing_to_ask, propose, std::move(then));
}

}  // namespace station::chat
