// Messages, as people send, read and change them.
#include "message_calls.hpp"
#include "routes.hpp"

namespace station::chat {
namespace {

Answer<Reply> shown(const Answer<ShownMessage>& message) {
    if (!message) return tl::unexpected(message.error());
    return json(to_json(*message));
}

Handled list_messages(Call& call) {
    const auto room = call.id("id");
    if (!room) co_return refused("not_found");
    co_return co_await page_of(call, *room);
}

Handled post_message(Call& call) {
    const auto room = call.id("id");
    if (!room) co_return refused("not_found");
    std::string content = call.fields.text("content");
    std::string client_message_id = call.fields.text("client_message_id");
    const auto posted = co_await post(call, *room, std::move(content), std::move(client_message_id));
    if (!posted) co_return tl::unexpected(posted.error());
    Reply reply =
        json(to_json(posted->message, posted->duplicate ? R"(,"duplicate":true)" : ""), posted->duplicate ? 200 : 201);
    reply.headers = "Location: /chat/api/messages/" + posted->message.id.to_text() + "\r\n";
    co_return reply;
}

Handled show_message(Call& call) {
    const auto id = call.id("id");
    if (!id) co_return refused("not_found");
    const auto message = co_await message_for(call, *id);
    co_return shown(message);
}

Handled edit_message(Call& call) {
    const auto id = call.id("id");
    if (!id) co_return refused("not_found");
    std::string content = call.fields.text("content");
    const auto message = co_await edit(call, *id, std::move(content));
    co_return shown(message);
}

Handled delete_message(Call& call) {
    const auto id = call.id("id");
    if (!id) co_return refused("not_found");
    const auto written = co_await remove_message(call, *id);
    if (!written) co_return tl::unexpected(written.error());
    co_return nothing();
}

template <bool kOn>
Handled boost_message(Call& call) {
    const auto id = call.id("id");
    if (!id) co_return refused("not_found");
    std::string content = call.fields.text("content");
    const auto message = co_await boost(call, *id, std::move(content), kOn);
    co_return shown(message);
}

}  // namespace

void add_message_routes(HttpRoutes& routes, Doors& doors) {
    add_route(routes, doors, {"GET", "/rooms/{id}/messages", list_messages, Who::signed_in, kPageParameters});
    add_route(routes, doors, {"POST", "/rooms/{id}/messages", post_message});
    add_route(routes, doors, {"GET", "/messages/{id}", show_message});
    add_route(routes, doors, {"PATCH", "/messages/{id}", edit_message});
    add_route(routes, doors, {"DELETE", "/messages/{id}", delete_message});
    add_route(routes, doors, {"PUT", "/messages/{id}/boosts", boost_message<true>});
    add_route(routes, doors, {"DELETE", "/messages/{id}/boosts", boost_message<false>});
}

}  // namespace station::chat
