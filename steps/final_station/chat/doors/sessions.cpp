// How one comes in and goes out, and what one is.
#include <station/wire/json_writer.hpp>

#include "cookie.hpp"
#include "routes.hpp"

namespace station::chat {
namespace {

// Administrators see the code that lets others in.
std::string me_json(const Chat& chat, const Id& user) {
    return chat.book().look([&](const State& state) {
        std::string out;
        const User* const me = state.user(user);
        if (me == nullptr) return out;
        wire::JsonWriter json{out};
        json.begin_object().member("id", me->id.to_text()).member("name", me->name).member("login", me->login);
        json.member("role", name_of(me->role));
        if (me->role == Role::administrator) json.member("join_code", state.join_code());
        json.end_object();
        return out;
    });
}

Answer<Reply> signed_in(Call& call, const Answer<SignedIn>& answer) {
    if (!answer) return tl::unexpected(answer.error());
    Reply reply = json(me_json(call.chat(), answer->user), 201);
    reply.headers = set_cookie(call.doors, answer->token);
    return reply;
}

Accounts::Newcomer newcomer(const Call& call, std::string code) {
    return {std::move(code), call.fields.text("name"), call.fields.text("login"), call.fields.text("password")};
}

Handled set_up(Call& call) {
    const auto begin = [&](AnswerTo<SignedIn> then) {
        const auto who = newcomer(call, call.fields.text("code"));
        call.chat().accounts().set_up(who, call.exchange.client_address, std::move(then));
    };
    const auto answer = co_await done<SignedIn>(call, begin);
    co_return signed_in(call, answer);
}

Handled join(Call& call) {
    const auto begin = [&](AnswerTo<SignedIn> then) {
        const auto who = newcomer(call, call.path("code"));
        call.chat().accounts().join(who, call.exchange.client_address, std::move(then));
    };
    const auto answer = co_await done<SignedIn>(call, begin);
    co_return signed_in(call, answer);
}

Handled renew_join_code(Call& call) {
    const auto begin = [&](AnswerTo<std::string> then) {
        call.chat().accounts().renew_join_code(call.caller, std::move(then));
    };
    const auto code = co_await done<std::string>(call, begin);
    if (!code) co_return tl::unexpected(code.error());
    std::string out;
    wire::JsonWriter{out}.begin_object().member("join_code", *code).end_object();
    co_return json(std::move(out));
}

Handled sign_in(Call& call) {
    const auto begin = [&](AnswerTo<SignedIn> then) {
        Accounts& accounts = call.chat().accounts();
        const std::string& address = call.exchange.client_address;
        if (auto code = call.fields.optional_text("code")) {
            accounts.sign_in_with_code(std::move(*code), call.fields.optional_text("password"), address,
                                       std::move(then));
        } else {
            accounts.sign_in(call.fields.text("login"), call.fields.text("password"), address, std::move(then));
        }
    };
    const auto answer = co_await done<SignedIn>(call, begin);
    co_return signed_in(call, answer);
}

template <bool kEverywhere>
Handled sign_out(Call& call) {
    const auto begin = [&](Book::Done then) {
        call.chat().accounts().sign_out(call.caller, kEverywhere, std::move(then));
    };
    const auto answer = co_await done<Book::Written>(call, begin);
    if (!answer) co_return tl::unexpected(answer.error());
    Reply reply = nothing();
    reply.headers = set_cookie(call.doors, {});
    co_return reply;
}

Handled show_me(Call& call) { co_return json(me_json(call.chat(), call.caller.user)); }

Handled change_me(Call& call) {
    const Accounts::Changes changes{call.fields.optional_text("name"), call.fields.optional_text("login"),
                                    call.fields.optional_text("password"), call.fields.optional_text("old_password")};
    if (!changes.name && !changes.login && !changes.password) co_return refused("invalid_value", "nothing to change");
    const auto begin = [&](Book::Done then) {
        call.chat().accounts().change(call.caller, changes, call.exchange.client_address, std::move(then));
    };
    const auto answer = co_await done<Book::Written>(call, begin);
    if (!answer) co_return tl::unexpected(answer.error());
    co_return json(me_json(call.chat(), call.caller.user));
}

}  // namespace

void add_session_routes(HttpRoutes& routes, Doors& doors) {
    add_route(routes, doors, {"POST", "/setup", set_up, Who::anybody});
    add_route(routes, doors, {"POST", "/join/{code}", join, Who::anybody});
    add_route(routes, doors, {"POST", "/join_code", renew_join_code});
    add_route(routes, doors, {"POST", "/session", sign_in, Who::anybody});
    add_route(routes, doors, {"DELETE", "/session", sign_out<false>});
    add_route(routes, doors, {"DELETE", "/sessions", sign_out<true>});
    add_route(routes, doors, {"GET", "/me", show_me});
    add_route(routes, doors, {"PATCH", "/me", change_me});
}

}  // namespace station::chat
