// People, and the bots that administrators make.
#include <station/wire/json_writer.hpp>

#include "chat/view/user_json.hpp"
#include "routes.hpp"

namespace station::chat {
namespace {

std::string json_of_user(const Doors& doors, const Id& id) {
    return doors.chat.book().look([&](const State& state) {
        const User* const user = state.user(id);
        return user != nullptr ? to_json(*user, doors.is_online(id)) : std::string{};
    });
}

Handled list_users(Call& call) {
    const std::vector<User> users = call.chat().book().look([](const State& state) {
        std::vector<User> all;
        for (const auto& [id, user] : state.users()) all.push_back(user);
        return all;
    });
    std::string out;
    wire::JsonWriter list{out};
    list.begin_array();
    for (const User& user : users) list.raw(to_json(user, call.doors.is_online(user.id)));
    list.end_array();
    co_return json(std::move(out));
}

Handled change_user(Call& call) {
    const auto id = call.id("id");
    if (!id) co_return refused("not_found");
    const auto role = call.fields.optional_text("role");
    const auto active = call.fields.flag("active");
    if (!active) co_return tl::unexpected(active.error());
    if (!role && !*active) co_return refused("invalid_value", "role or active is what can be changed");
    if (role) {
        const auto begin = [&](Book::Done then) {
            call.chat().accounts().set_role(call.caller, *id, *role, std::move(then));
        };
        const auto answer = co_await done<Book::Written>(call, begin);
        if (!answer) co_return tl::unexpected(answer.error());
    }
    if (*active) {
        const auto begin = [&](Book::Done then) {
            call.chat().accounts().set_active(call.caller, *id, **active, std::move(then));
        };
        const auto answer = co_await done<Book::Written>(call, begin);
        if (!answer) co_return tl::unexpected(answer.error());
    }
    co_return json(json_of_user(call.doors, *id));
}

Handled make_sign_in_link(Call& call) {
    const auto id = call.id("id");
    if (!id) co_return refused("not_found");
    const auto begin = [&](AnswerTo<std::string> then) {
        call.chat().accounts().make_sign_in_code(call.caller, *id, std::move(then));
    };
    const auto code = co_await done<std::string>(call, begin);
    if (!code) co_return tl::unexpected(code.error());
    std::string out;
    wire::JsonWriter{out}.begin_object().member("code", *code).end_object();
    co_return json(std::move(out), 201);
}

std::string made_bot_json(const Accounts::MadeBot& bot) {
    std::string out;
    wire::JsonWriter json{out};
    json.begin_object().member("id", bot.id.to_text()).member("name", bot.name).member("login", bot.login);
    if (!bot.key.empty()) json.member("key", bot.key);
    json.end_object();
    return out;
}

void append_bot(wire::JsonWriter& json, const User& bot) {
    json.begin_object().member("id", bot.id.to_text()).member("name", bot.name).member("login", bot.login);
    json.key("webhook");
    if (bot.webhook.empty()) {
        json.raw("null");
    } else {
        json.value(bot.webhook);
    }
    json.end_object();
}

// The bots that are there; nullopt: whoever asks is no administrator.
std::optional<std::vector<User>> bots_for(const Call& call) {
    return call.chat().book().look([&](const State& state) -> std::optional<std::vector<User>> {
        const User* const by = call.caller.in(state, call.chat().now());
        if (by == nullptr || by->role != Role::administrator) return std::nullopt;
        std::vector<User> bots;
        for (const auto& [id, user] : state.users()) {
            if (user.role == Role::bot && user.active) bots.push_back(user);
        }
        return bots;
    });
}

Handled list_bots(Call& call) {
    const auto bots = bots_for(call);
    if (!bots) co_return refused("not_allowed");
    std::string out;
    wire::JsonWriter list{out};
    list.begin_array();
    for (const User& bot : *bots) append_bot(list, bot);
    list.end_array();
    co_return json(std::move(out));
}

Handled show_bot(Call& call) {
    const auto bots = bots_for(call);
    if (!bots) co_return refused("not_allowed");
    const auto id = call.id("id");
    for (const User& bot : *bots) {
        if (bot.id != id) continue;
        std::string out;
        wire::JsonWriter one{out};
        append_bot(one, bot);
        co_return json(std::move(out));
    }
    co_return refused("not_found");
}

Accounts::BotFields bot_fields(const Fields& fields) {
    return {fields.optional_text("name"), fields.optional_text("login"), fields.optional_text("webhook")};
}

Handled make_bot(Call& call) {
    if (auto problem = call.fields.no_text({"name", "login", "webhook"})) co_return tl::unexpected(*problem);
    const auto begin = [&](AnswerTo<Accounts::MadeBot> then) {
        call.chat().accounts().make_bot(call.caller, bot_fields(call.fields), std::move(then));
    };
    const auto bot = co_await done<Accounts::MadeBot>(call, begin);
    if (!bot) co_return tl::unexpected(bot.error());
    Reply reply = json(made_bot_json(*bot), 201);
    reply.headers = "Location: /chat/api/bots/" + bot->id.to_text() + "\r\n";
    co_return reply;
}

Handled change_bot(Call& call) {
    const auto id = call.id("id");
    if (!id) co_return refused("not_found");
    if (auto problem = call.fields.no_text({"name", "login", "webhook"})) co_return tl::unexpected(*problem);
    const auto new_key = call.fields.flag("new_key");
    if (!new_key) co_return tl::unexpected(new_key.error());
    const auto begin = [&](AnswerTo<Accounts::MadeBot> then) {
        call.chat().accounts().change_bot(call.caller, *id, bot_fields(call.fields), new_key->value_or(false),
                                          std::move(then));
    };
    const auto bot = co_await done<Accounts::MadeBot>(call, begin);
    if (!bot) co_return tl::unexpected(bot.error());
    co_return json(made_bot_json(*bot));
}

Handled delete_bot(Call& call) {
    const auto id = call.id("id");
    if (!id) co_return refused("not_found");
    const auto begin = [&](Book::Done then) { call.chat().accounts().delete_bot(call.caller, *id, std::move(then)); };
    const auto answer = co_await done<Book::Written>(call, begin);
    if (!answer) co_return tl::unexpected(answer.error());
    co_return nothing();
}

}  // namespace

void add_user_routes(HttpRoutes& routes, Doors& doors) {
    add_route(routes, doors, {"GET", "/users", list_users});
    add_route(routes, doors, {"PATCH", "/users/{id}", change_user});
    add_route(routes, doors, {"POST", "/users/{id}/sign-in-link", make_sign_in_link});
    add_route(routes, doors, {"GET", "/bots", list_bots});
    add_route(routes, doors, {"POST", "/bots", make_bot});
    add_route(routes, doors, {"GET", "/bots/{id}", show_bot});
    add_route(routes, doors, {"PATCH", "/bots/{id}", change_bot});
    add_route(routes, doors, {"DELETE", "/bots/{id}", delete_bot});
}

}  // namespace station::chat
