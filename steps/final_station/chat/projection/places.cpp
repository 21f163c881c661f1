#include "places.hpp"

namespace station::chat {
namespace {

struct Posted {
    std::string entity;
    std::uint64_t sequence = 0;
};

tl::expected<std::optional<Posted>, std::error_code> find_post(const ledger::Store& store, const Id& message) {
    const auto event = store.get(message);
    if (!event) {
        if (event.error().code == ledger::Errc::not_found) return std::optional<Posted>{};
        return tl::unexpected(event.error().code);
    }
    if ((*event)->header.event_kind != MessagePosted::kind || (*event)->scope != kScope) return std::optional<Posted>{};
    return Posted{std::string{(*event)->entity}, event->global_sequence()};
}

}  // namespace

tl::expected<std::optional<std::uint64_t>, std::error_code> sequence_in_ledger(const ledger::Store& store,
                                                                               const Id& room, const Id& message) {
    const auto post = find_post(store, message);
    if (!post) return tl::unexpected(post.error());
    if (!*post || (*post)->entity != room_entity(room)) return std::optional<std::uint64_t>{};
    return (*post)->sequence;
}

tl::expected<std::optional<Place>, std::error_code> find_place(const ledger::Store& store, const Names& names,
                                                               const Id& message) {
    const auto post = find_post(store, message);
    if (!post) return tl::unexpected(post.error());
    if (!*post) return std::optional<Place>{};
    const std::size_t id = (*post)->entity.find(':') + 1;
    const auto room = Id::from_text(std::string_view{(*post)->entity}.substr(id));
    const auto number = room ? names.room(*room) : std::nullopt;
    if (!number) return std::optional<Place>{};
    return place_of(*number, (*post)->sequence);
}

}  // namespace station::chat
