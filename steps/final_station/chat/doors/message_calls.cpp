#include "message_calls.hpp"

#include <station/base/numbers.hpp>
#include <station/wire/json_writer.hpp>

namespace station::chat {
namespace {

ShownMessage as_posted(const Chat& chat, const Messages::Posted& posted) {
    ShownMessage message;
    message.id = posted.id;
    message.room = posted.said.room;
    message.creator = posted.said.by;
    message.creator_name = chat.book().look([&](const State& state) {
        const User* const by = state.user(posted.said.by);
        return by != nullptr ? by->name : std::string{};
    });
    message.content = posted.said.content;
    message.client_message_id = posted.said.client_message_id;
    message.created_at = posted.time;
    message.sequence = posted.sequence;
    message.mentions = posted.said.mentions;
    return message;
}

struct Place {
    Projection::Side side = Projection::Side::newest;
    Id id = {};
};

Answer<Place> place_of(const Call& call) {
    constexpr std::pair<std::string_view, Projection::Side> kSides[] = {{"before", Projection::Side::before},
                                                                        {"after", Projection::Side::after},
                                                                        {"around", Projection::Side::around}};
    std::optional<Place> place;
    for (const auto& [name, side] : kSides) {
        const auto given = call.parameter(name);
        if (!given) continue;
        if (place) return refused("bad_parameter", "only one of before, after and around can be meant");
        const auto id = Id::from_text(*given);
        if (!id) return refused("not_found", std::string{name} + " is no message's id");
        place = Place{side, *id};
    }
    return place.value_or(Place{});
}

std::string link_of(const Call& call, Projection::Side side, const Projection::Page& page, std::size_t limit) {
    if (page.messages.empty()) return {};
    const auto link = [&](std::string_view way, const ShownMessage& from, std::string_view relation) {
        return "<" + call.exchange.request.raw_path + "?" + std::string{way} + "=" + from.id.to_text() +
               "&limit=" + std::to_string(limit) + ">; rel=\"" + std::string{relation} + "\"";
    };
    using Side = Projection::Side;
    const bool goes_on = side == Side::after || side == Side::around;
    std::string links;
    if (goes_on && page.more_after) links = link("after", page.messages.back(), "next");
    if (side != Side::after && page.more_before) {
        if (!links.empty()) links += ", ";
        links += link("before", page.messages.front(), side == Side::around ? "prev" : "next");
    }
    return links.empty() ? links : "Link: " + links + "\r\n";
}

}  // namespace

Answer<std::size_t> limit_of(const Call& call) {
    const auto given = call.parameter("limit");
    if (!given) return kUsualPage;
    const auto limit = base::parse_number<std::uint64_t>(*given);
    if (!limit) return refused("bad_parameter", "limit must be a number");
    if (*limit < 1 || *limit > kMostOfPage) return refused("invalid_value", "limit must be 1 to 100");
    return static_cast<std::size_t>(*limit);
}

net::Awaitable<Answer<ShownMessage>> message_for(Call& call, Id id) {
    const auto place = call.chat().messages().place(id);
    const auto [is_member, is_deleted] = call.chat().book().look([&](const State& state) {
        return std::pair{place && state.membership(place->room, call.caller.user) != nullptr, state.is_deleted(id)};
    });
    if (!is_member) co_return refused("not_found");
    if (is_deleted) co_return refused("message_deleted");
    auto query = [id](const Projection& projection) { return projection.message(id); };
    auto found = co_await ask(call, query, place->sequence + 1);
    if (!found) co_return tl::unexpected(found.error());
    if (!*found) co_return refused("message_deleted");
    co_return std::move(**found);
}

net::Awaitable<Answer<PostedMessage>> post(Call& call, Id room, std::string content, std::string client_message_id) {
    const auto begin = [&](Messages::Done then) {
        call.chat().messages().post(call.caller, room, std::move(content), std::move(client_message_id),
                                    std::move(then));
    };
    const auto posted = co_await done<Messages::Posted>(call, begin);
    if (!posted) co_return tl::unexpected(posted.error());
    if (!posted->duplicate) co_return PostedMessage{as_posted(call.chat(), *posted), false};
    auto message = co_await message_for(call, posted->id);
    if (!message) co_return tl::unexpected(message.error());
    co_return PostedMessage{std::move(*message), true};
}

net::Awaitable<Answer<ShownMessage>> edit(Call& call, Id message, std::string content) {
    const auto begin = [&](Book::Done then) {
        call.chat().messages().edit(call.caller, message, std::move(content), std::move(then));
    };
    const auto written = co_await done<Book::Written>(call, begin);
    if (!written) co_return tl::unexpected(written.error());
    co_return co_await message_for(call, message);
}

net::Awaitable<Answer<Book::Written>> remove_message(Call& call, Id message) {
    const auto begin = [&](Book::Done then) { call.chat().messages().remove(call.caller, message, std::move(then)); };
    co_return co_await done<Book::Written>(call, begin);
}

net::Awaitable<Answer<ShownMessage>> boost(Call& call, Id message, std::string content, bool on) {
    const auto begin = [&](Book::Done then) {
        call.chat().messages().boost(call.caller, message, std::move(content), on, std::move(then));
    };
    const auto written = co_await done<Book::Written>(call, begin);
    if (!written) co_return tl::unexpected(written.error());
    co_return co_await message_for(call, message);
}

Handled page_of(Call& call, Id room) {
    const auto place = place_of(call);
    if (!place) co_return tl::unexpected(place.error());
    const auto limit = limit_of(call);
    if (!limit) co_return tl::unexpected(limit.error());
    const bool is_member = call.chat().book().look(
        [&](const State& state) { return state.membership(room, call.caller.user) != nullptr; });
    if (!is_member) co_return refused("not_a_member");
    auto query = [room, place = *place, limit = *limit](const Projection& projection) {
        return projection.page(room, place.side, place.id, limit);
    };
    const auto page = co_await ask(call, query);
    if (!page) co_return tl::unexpected(page.error());
    if (!*page) co_return refused("not_found", "this message is not in the room");
    std::string out;
    wire::JsonWriter list{out};
    list.begin_array();
    for (const ShownMessage& message : (*page)->messages) list.raw(to_json(message));
    list.end_array();
    Reply reply = json(std::move(out));
    reply.headers = link_of(call, place->side, **page, *limit);
    co_return reply;
}

}  // namespace station::chat
