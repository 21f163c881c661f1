// What was said, found by its words, in the rooms that one is in.
#include <station/wire/json_writer.hpp>

#include "message_calls.hpp"
#include "routes.hpp"

namespace station::chat {
namespace {

std::string highlights_json(const FoundMessage& found) {
    std::string out;
    wire::JsonWriter list{out};
    list.begin_array();
    for (const auto& [from, to] : found.highlights) list.begin_array().value(from).value(to).end_array();
    list.end_array();
    return R"(,"highlights":)" + out;
}

Handled search(Call& call) {
    const auto words = call.parameter("q");
    if (!words) co_return refused("bad_parameter", "q is missing: what to look for");
    const auto limit = limit_of(call);
    if (!limit) co_return tl::unexpected(limit.error());
    const auto rooms = call.chat().book().look([&](const State& state) {
        const auto& in = state.rooms_of(call.caller.user);
        return std::vector<Id>{in.begin(), in.end()};
    });
    auto query = [words = *words, rooms, limit = *limit](const Projection& projection) {
        return projection.search(words, rooms, limit);
    };
    const auto found = co_await ask(call, query);
    if (!found) co_return tl::unexpected(found.error());
    if (!*found) co_return refused("invalid_query");
    std::string out;
    wire::JsonWriter list{out};
    list.begin_array();
    for (const FoundMessage& one : **found) list.raw(to_json(one.message, highlights_json(one)));
    list.end_array();
    co_return json(std::move(out));
}

}  // namespace

void add_search_routes(HttpRoutes& routes, Doors& doors) {
    add_route(routes, doors, {"GET", "/search", search, Who::signed_in, {"q", "limit"}});
}

}  // namespace station::chat
