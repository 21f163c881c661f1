#include "http_routes.hpp"

#include <algorithm>
#include <station/base/text.hpp>

#include "http_gate.hpp"

namespace station::final_station {
namespace {

constexpr std::size_t kMostOfAName = 64;

// As it may stand in a query, so that it can be told back whatever it holds.
std::string shown(std::string_view name) {
    std::string text;
    for (const char c : name.substr(0, kMostOfAName)) {
        const bool plain = base::is_alphanumeric(c) || c == '-' || c == '_' || c == '.' || c == '~';
        text += plain ? std::string{c} : '%' + base::hex_escape(c).substr(2);
    }
    return text;
}

// What is wrong with the names in a query; empty where nothing is.
std::string parameter_problem(const HttpRoute& route, const net::HttpRequest& request) {
    if (route.takes_any_parameter) return {};
    for (auto one = request.query.begin(); one != request.query.end(); ++one) {
        const std::string& name = one->first;
        if (std::ranges::find(route.parameters, name) == route.parameters.end()) {
            return "there is no parameter " + shown(name);
        }
        const auto same = [&](const auto& other) { return other.first == name; };
        if (std::any_of(request.query.begin(), one, same)) return shown(name) + " is given twice";
    }
    return {};
}

bool is_coded(const net::HttpRequest& request) {
    const std::string* const coding = request.header("content-encoding");
    return coding != nullptr &&
           (request.count("content-encoding") > 1 || !base::equal_in_either_case(*coding, "identity"));
}

// Empty where the route's handler is to answer.
std::string early_answer(const HttpExchange& exchange, const HttpRoutes::Match& match) {
    const net::HttpRequest& request = exchange.request;
    if (match.status == 404) return exchange.refusal(404, "not_found", "there is nothing at this path");
    if (exchange.is_shared && is_preflight(exchange.thread.station, request)) {
        return exchange.response(204, {}, {}, preflight_headers(match.allow));
    }
    if (match.status == 405) {
        return exchange.refusal(405, "method_not_allowed", request.method + " is not offered here",
                                "Allow: " + match.allow + "\r\n");
    }
    if (is_coded(request)) {
        return exchange.refusal(415, "unsupported_encoding", "a body must come without Content-Encoding",
                                "Accept-Encoding: identity\r\n");
    }
    const std::string problem = parameter_problem(*match.handler, request);
    return problem.empty() ? std::string{} : exchange.refusal(400, "bad_parameter", problem);
}

}  // namespace

// g++ 12 mishandles temporaries inside of a co_await expression: what is sent has a name first.
net::Awaitable<bool> answer(const HttpRoutes& routes, HttpExchange& exchange) {
    HttpRoutes::Match match = routes.match(exchange.request.method, exchange.request.raw_path);
    exchange.path = std::move(match.parameters);
    std::string response = early_answer(exchange, match);
    bool connected = false;
    if (const auto* in_time = match.handler ? std::get_if<HttpRoute::InTime>(&match.handler->handler) : nullptr;
        response.empty() && in_time != nullptr) {
        connected = co_await (*in_time)(exchange);
    } else {
        if (response.empty()) response = std::get<HttpRoute::AtOnce>(match.handler->handler)(exchange);
        connected = co_await exchange.send(response);
    }
    co_return (connected && exchange.keep_alive);
}

}  // namespace station::final_station
