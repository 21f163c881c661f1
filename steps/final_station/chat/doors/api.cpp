#include "api.hpp"

#include <algorithm>
#include <station/base/text.hpp>

#include "cookie.hpp"

namespace station::chat {
namespace {

using final_station::HttpRoute;

constexpr std::string_view kTop = "/chat/api";

bool changes_something(const net::HttpRequest& request) { return request.method != "GET" && request.method != "HEAD"; }

// Without its parameters, in lower case; empty where there is none, or more than one.
std::string type_of(const net::HttpRequest& request) {
    const std::string* const type = request.header("content-type");
    if (type == nullptr || request.count("content-type") > 1) return {};
    return base::lower(base::trim(std::string_view{*type}.substr(0, type->find(';'))));
}

std::string text_of(const HttpExchange& exchange, const Answer<Reply>& answer, std::string_view cookie) {
    std::string headers{final_station::kNotStored};
    headers += cookie;
    if (answer) {
        headers += answer->headers;
        return exchange.response(answer->status, final_station::kJson, answer->body, headers);
    }
    const Refusal& why = answer.error();
    if (why.retry_after > 0) headers += "Retry-After: " + std::to_string(why.retry_after) + "\r\n";
    return exchange.refusal(why.status(), why.reason, why.detail, headers);
}

std::optional<Refusal> foreign_page(const Call& call) {
    const net::HttpRequest& request = call.exchange.request;
    if (!changes_something(request) || !is_foreign_page(call.doors, request)) return std::nullopt;
    call.exchange.thread.station.counters.denied(final_station::Denial::foreign_origin);
    return refusal("foreign_origin");
}

std::optional<Refusal> take_fields(Call& call) {
    const net::HttpRequest& request = call.exchange.request;
    if (!changes_something(request) || request.body.empty()) return std::nullopt;
    if (type_of(request) != "application/json") return refusal("unsupported_type");
    auto fields = Fields::read(request.body);
    if (!fields) return std::move(fields.error());
    call.fields = std::move(*fields);
    return std::nullopt;
}

net::Awaitable<bool> serve(HttpExchange& exchange, Doors& doors, Handler handler, Who who) {
    Call call{exchange, doors};
    std::string cookie;
    auto problem = foreign_page(call);
    if (!problem) {
        const auto holder = holder_of_cookie(doors.chat, exchange.request);
        if (holder) call.caller = holder->caller;
        if (holder && holder->is_renewed) cookie = set_cookie(doors, holder->token);
        if (!holder && who == Who::signed_in) problem = refusal("not_signed_in");
    }
    if (!problem) problem = take_fields(call);
    Answer<Reply> answer;
    if (problem) {
        answer = tl::unexpected(std::move(*problem));
    } else {
        answer = co_await handler(call);
    }
    const std::string response = text_of(exchange, answer, cookie);
    co_return co_await exchange.send(response);
}

net::Awaitable<bool> serve_bot(HttpExchange& exchange, Doors& doors, Handler handler) {
    Call call{exchange, doors};
    auto problem = foreign_page(call);
    if (!problem) {
        auto caller = doors.chat.accounts().bot(exchange.path.at("key"), exchange.client_address);
        if (caller) {
            call.caller = *caller;
        } else {
            problem = std::move(caller.error());
        }
    }
    if (!problem && type_of(exchange.request).starts_with("multipart/")) {
        problem = refusal("unsupported_type", "attachments are not taken: the body is the text");
    }
    Answer<Reply> answer;
    if (problem) {
        answer = tl::unexpected(std::move(*problem));
    } else {
        answer = co_await handler(call);
    }
    const std::string response = text_of(exchange, answer, {});
    co_return co_await exchange.send(response);
}

}  // namespace

std::optional<std::string> Call::parameter(std::string_view name) const {
    const std::string* const value = exchange.request.parameter(name);
    return value != nullptr ? std::optional{*value} : std::nullopt;
}

bool is_foreign_page(const Doors& doors, const net::HttpRequest& request) {
    const std::string* const host = request.header("host");
    return std::ranges::any_of(request.headers, [&](const auto& header) {
        return header.first == "origin" && !doors.site.is_own_origin(header.second, host != nullptr ? *host : "");
    });
}

void add_route(HttpRoutes& routes, Doors& doors, const ApiRoute& route) {
    HttpRoute::InTime answer = [&doors, handler = route.handler, who = route.who](HttpExchange& exchange) {
        return serve(exchange, doors, handler, who);
    };
    routes.add(route.method, std::string{kTop}.append(route.path), {std::move(answer), false, route.parameters});
}

void add_bot_route(HttpRoutes& routes, Doors& doors, std::string_view method, std::string_view path, Handler handler,
                   std::vector<std::string_view> parameters) {
    HttpRoute::InTime answer = [&doors, handler](HttpExchange& exchange) {
        return serve_bot(exchange, doors, handler);
    };
    routes.add(method, path, {std::move(answer), false, std::move(parameters)});
}

}  // namespace station::chat
