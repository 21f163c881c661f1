// What every request to the chat's interface goes through before its handler, and what its answer becomes: whose page
// has sent it, what it brings, who asks; a status, JSON, a cookie.
//
// A handler runs on its connection's thread, and waits for nothing but by co_await (letters.hpp).
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "doors.hpp"
#include "fields.hpp"
#include "letters.hpp"
#include "server/doors/http_routes.hpp"

namespace station::chat {

using final_station::HttpExchange;
using final_station::HttpRoutes;

struct Reply {
    int status = 200;
    std::string body = {};     // JSON; empty with 204
    std::string headers = {};  // "Name: value\r\n" each
};

struct Call {
    HttpExchange& exchange;
    Doors& doors;
    Caller caller = {};
    Fields fields = {};  // of the body; none where the body is a text

    Chat& chat() const { return doors.chat; }
    final_station::IoThread& thread() const { return exchange.thread; }
    const std::string& path(std::string_view name) const { return exchange.path.at(name); }
    // nullopt: it is no UUID, and there is nothing of that name.
    std::optional<Id> id(std::string_view name) const { return Id::from_text(path(name)); }
    // nullopt: it is not there.
    std::optional<std::string> parameter(std::string_view name) const;
};

using Handled = net::Awaitable<Answer<Reply>>;
using Handler = Handled (*)(Call&);

enum class Who { anybody, signed_in };

struct ApiRoute {
    std::string_view method;
    std::string_view path;  // below /chat/api
    Handler handler;
    Who who = Who::signed_in;
    std::vector<std::string_view> parameters = {};
};
void add_route(HttpRoutes& routes, Doors& doors, const ApiRoute& route);

// A bot's call: its key is in the path, {key}, and what it says is the body as it is.
void add_bot_route(HttpRoutes& routes, Doors& doors, std::string_view method, std::string_view path, Handler handler,
                   std::vector<std::string_view> parameters = {});

// Whose page sends it, where it says so. True: not the chat's.
bool is_foreign_page(const Doors& doors, const net::HttpRequest& request);

// What the projection says, once it is as far as all that was acknowledged: no answer is older than what whoever asks
// was told. query: const Projection& -> Projection::Found<T>, on a thread that may wait; it must hold copies. `behind`
// as Chat::when_current() has it.
template <typename Query, typename Found = std::invoke_result_t<Query&, const Projection&>>
net::Awaitable<Answer<typename Found::value_type>> ask(Call& call, Query query, std::uint64_t behind = 0) {
    Chat& chat = call.chat();
    if (chat.projection().position() < std::max(chat.book().end(), behind)) {
        const auto begin = [&](std::function<void(bool)> then) { chat.when_current(std::move(then), behind); };
        const bool is_current = co_await answer_of<bool>(call.thread(), begin);
        if (!is_current) co_return refused("storage_error", "what was said can't be looked up now");
    }
    auto read = [&chat, query = std::move(query)]() mutable { return query(std::as_const(chat).projection()); };
    Found found = co_await read_in_pool(call.thread(), std::move(read));
    if (!found) co_return refused("storage_error", found.error().message());
    co_return std::move(*found);
}

// Waits for what a service answers. begin: std::function<void(Answer<T>)> -> void.
template <typename T, typename Begin>
net::Awaitable<Answer<T>> done(Call& call, const Begin& begin) {
    return answer_of<Answer<T>>(call.thread(), begin);
}

inline Reply json(std::string body, int status = 200) { return {status, std::move(body) + '\n'}; }
inline Reply nothing() { return {204}; }

}  // namespace station::chat
