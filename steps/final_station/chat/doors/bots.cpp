// Bots' text calls, as Campfire's bots make them: the key is in the path, what is said is the body.
#include <station/wire/json_writer.hpp>

#include "message_calls.hpp"
#include "routes.hpp"

namespace station::chat {
namespace {

constexpr std::string_view kMessages = "/chat/rooms/{id}/{key}/messages";
constexpr std::string_view kMessage = "/chat/rooms/{id}/{key}/messages/{message}";
constexpr std::string_view kBoosts = "/chat/rooms/{id}/{key}/messages/{message}/boosts";

// The message in the path, where it is one of the room in the path.
std::optional<Id> message_in_room(const Call& call) {
    const auto room = call.id("id");
    const auto message = call.id("message");
    if (!room || !message) return std::nullopt;
    const auto place = call.chat().messages().place(*message);
    return place && place->room == *room ? message : std::nullopt;
}

Handled bot_lists(Call& call) {
    const auto room = call.id("id");
    if (!room) co_return refused("not_found");
    co_return co_await page_of(call, *room);
}

Handled bot_posts(Call& call) {
    const auto room = call.id("id");
    if (!room) co_return refused("not_found");
    std::string client_message_id = random_id().to_text();
    const auto posted = co_await post(call, *room, call.exchange.request.body, std::move(client_message_id));
    if (!posted) co_return tl::unexpected(posted.error());
    Reply reply = json(to_json(posted->message), 201);
    reply.headers = "Location: /chat/rooms/" + room->to_text() + "/" + call.path("key") + "/messages/" +
                    posted->message.id.to_text() + "\r\n";
    co_return reply;
}

Handled bot_shows(Call& call) {
    const auto id = message_in_room(call);
    if (!id) co_return refused("not_found");
    const auto message = co_await message_for(call, *id);
    if (!message) co_return tl::unexpected(message.error());
    co_return json(to_json(*message));
}

Handled bot_edits(Call& call) {
    const auto id = message_in_room(call);
    if (!id) co_return refused("not_found");
    const auto message = co_await edit(call, *id, call.exchange.request.body);
    if (!message) co_return tl::unexpected(message.error());
    co_return json(to_json(*message));
}

Handled bot_deletes(Call& call) {
    const auto id = message_in_room(call);
    if (!id) co_return refused("not_found");
    const auto written = co_await remove_message(call, *id);
    if (!written) co_return tl::unexpected(written.error());
    co_return nothing();
}

template <bool kOn>
Handled bot_boosts(Call& call) {
    const auto id = message_in_room(call);
    if (!id) co_return refused("not_found");
    const auto message = co_await boost(call, *id, call.exchange.request.body, kOn);
    if (!message) co_return tl::unexpected(message.error());
    co_return kOn ? json(to_json(*message), 201) : nothing();
}

}  // namespace

void add_bot_routes(HttpRoutes& routes, Doors& doors) {
    add_bot_route(routes, doors, "GET", kMessages, bot_lists, kPageParameters);
    add_bot_route(routes, doors, "POST", kMessages, bot_posts);
    add_bot_route(routes, doors, "GET", kMessage, bot_shows);
    add_bot_route(routes, doors, "PATCH", kMessage, bot_edits);
    add_bot_route(routes, doors, "DELETE", kMessage, bot_deletes);
    add_bot_route(routes, doors, "POST", kBoosts, bot_boosts<true>);
    add_bot_route(routes, doors, "PUT", kBoosts, bot_boosts<true>);
    add_bot_route(routes, doors, "DELETE", kBoosts, bot_boosts<false>);
}

}  // namespace station::chat
