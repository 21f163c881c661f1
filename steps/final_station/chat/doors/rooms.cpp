// Rooms, and who is in them.
#include <station/wire/json_writer.hpp>

#include "chat/view/room_json.hpp"
#include "chat/view/user_json.hpp"
#include "routes.hpp"

namespace station::chat {
namespace {

// Counted where a disk may be waited for.
net::Awaitable<Answer<std::vector<ShownRoom>>> counted(Call& call, std::vector<ShownRoom> rooms) {
    const Id user = call.caller.user;
    for (ShownRoom& room : rooms) room.seen = std::max(room.seen, call.doors.seen(user, room.id));
    auto query = [user, rooms = std::move(rooms)](
                     const Projection& projection) mutable -> Projection::Found<std::vector<ShownRoom>> {
        for (ShownRoom& room : rooms) {
            if (auto failed = count(room, projection, user, room.seen); !failed) return tl::unexpected(failed.error());
        }
        return std::move(rooms);
    };
    return ask(call, std::move(query));
}

Handled one_room(Call& call, Id id) {
    auto room = call.chat().book().look([&](const State& state) { return shown_room(state, id, call.caller.user); });
    if (!room) co_return refused("not_a_member");
    std::vector<ShownRoom> rooms{std::move(*room)};
    const auto answer = co_await counted(call, std::move(rooms));
    if (!answer) co_return tl::unexpected(answer.error());
    co_return json(to_json(answer->front()));
}

Handled list_rooms(Call& call) {
    auto rooms = call.chat().book().look([&](const State& state) { return shown_rooms(state, call.caller.user); });
    const auto answer = co_await counted(call, std::move(rooms));
    if (!answer) co_return tl::unexpected(answer.error());
    std::string out;
    wire::JsonWriter list{out};
    list.begin_array();
    for (const ShownRoom& room : *answer) list.raw(to_json(room));
    list.end_array();
    co_return json(std::move(out));
}

Handled show_room(Call& call) {
    const auto id = call.id("id");
    if (!id) co_return refused("not_found");
    co_return co_await one_room(call, *id);
}

// A new one has nothing in it that could be counted: whoever made it is not told that it failed where the tables can't
// be asked, and makes no second one.
Handled made_room(Call& call, Answer<Rooms::Made> made) {
    if (!made) co_return tl::unexpected(made.error());
    if (!made->is_new) co_return co_await one_room(call, made->room);
    const auto room =
        call.chat().book().look([&](const State& state) { return shown_room(state, made->room, call.caller.user); });
    if (!room) co_return refused("not_a_member");
    Reply reply = json(to_json(*room), 201);
    reply.headers = "Location: /chat/api/rooms/" + made->room.to_text() + "\r\n";
    co_return reply;
}

Handled make_room(Call& call) {
    const auto members = call.fields.ids("members", "invalid_users");
    if (!members) co_return tl::unexpected(members.error());
    const std::string type = call.fields.text("type");
    const auto begin = [&](Rooms::MadeRoom then) {
        call.chat().rooms().make(call.caller, call.fields.text("name"), type, *members, std::move(then));
    };
    const auto made = co_await done<Rooms::Made>(call, begin);
    co_return co_await made_room(call, made);
}

Handled make_direct_room(Call& call) {
    const auto users = call.fields.ids("users", "invalid_users");
    if (!users) co_return tl::unexpected(users.error());
    const auto begin = [&](Rooms::MadeRoom then) {
        call.chat().rooms().make_direct(call.caller, *users, std::move(then));
    };
    const auto made = co_await done<Rooms::Made>(call, begin);
    co_return co_await made_room(call, made);
}

Handled change_room(Call& call) {
    const auto id = call.id("id");
    if (!id) co_return refused("not_found");
    const auto begin = [&](Book::Done then) {
        call.chat().rooms().change(call.caller, *id, call.fields.optional_text("name"),
                                   call.fields.optional_text("type"), std::move(then));
    };
    const auto answer = co_await done<Book::Written>(call, begin);
    if (!answer) co_return tl::unexpected(answer.error());
    co_return co_await one_room(call, *id);
}

Handled delete_room(Call& call) {
    const auto id = call.id("id");
    if (!id) co_return refused("not_found");
    const auto begin = [&](Book::Done then) { call.chat().rooms().remove(call.caller, *id, std::move(then)); };
    const auto answer = co_await done<Book::Written>(call, begin);
    if (!answer) co_return tl::unexpected(answer.error());
    co_return nothing();
}

Handled list_members(Call& call) {
    const auto id = call.id("id");
    if (!id) co_return refused("not_found");
    const auto members = call.chat().book().look([&](const State& state) -> std::optional<std::vector<User>> {
        const Room* const room = state.room(*id);
        if (room == nullptr || room->member(call.caller.user) == nullptr) return std::nullopt;
        std::vector<User> all;
        for (const auto& [user, who] : state.users()) {
            if (room->member(user) != nullptr) all.push_back(who);
        }
        return all;
    });
    if (!members) co_return refused("not_a_member");
    std::string out;
    wire::JsonWriter list{out};
    list.begin_array();
    for (const User& member : *members) list.raw(to_json(member, call.doors.is_online(member.id)));
    list.end_array();
    co_return json(std::move(out));
}

template <bool kIn>
Handled change_member(Call& call) {
    const auto room = call.id("id");
    const auto user = call.id("user");
    if (!room || !user) co_return refused("not_found");
    const auto begin = [&](Book::Done then) {
        if (kIn) {
            call.chat().rooms().add_member(call.caller, *room, *user, std::move(then));
        } else {
            call.chat().rooms().remove_member(call.caller, *room, *user, std::move(then));
        }
    };
    const auto answer = co_await done<Book::Written>(call, begin);
    if (!answer) co_return tl::unexpected(answer.error());
    co_return nothing();
}

Handled set_involvement(Call& call) {
    const auto id = call.id("id");
    if (!id) co_return refused("not_found");
    const auto begin = [&](Book::Done then) {
        call.chat().rooms().set_involvement(call.caller, *id, call.fields.text("level"), std::move(then));
    };
    const auto answer = co_await done<Book::Written>(call, begin);
    if (!answer) co_return tl::unexpected(answer.error());
    co_return co_await one_room(call, *id);
}

}  // namespace

void add_room_routes(HttpRoutes& routes, Doors& doors) {
    add_route(routes, doors, {"GET", "/rooms", list_rooms});
    add_route(routes, doors, {"POST", "/rooms", make_room});
    add_route(routes, doors, {"POST", "/rooms/direct", make_direct_room});
    add_route(routes, doors, {"GET", "/rooms/{id}", show_room});
    add_route(routes, doors, {"PATCH", "/rooms/{id}", change_room});
    add_route(routes, doors, {"DELETE", "/rooms/{id}", delete_room});
    add_route(routes, doors, {"GET", "/rooms/{id}/members", list_members});
    add_route(routes, doors, {"PUT", "/rooms/{id}/members/{user}", change_member<true>});
    add_route(routes, doors, {"DELETE", "/rooms/{id}/members/{user}", change_member<false>});
    add_route(routes, doors, {"PUT", "/rooms/{id}/involvement", set_involvement});
}

}  // namespace station::chat
