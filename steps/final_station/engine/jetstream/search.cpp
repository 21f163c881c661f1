#include "search.hpp"

#include <utility>

#include "detail/api.hpp"
#include "stream_name.hpp"

namespace station::jetstream {

log::Result<std::optional<StoredEvent>> load(const Connection& connection, std::string_view topic,
                                             const StreamState& stream, std::uint64_t sequence) {
    const std::string name = stream_of(connection.config().prefix, topic);
    for (; sequence <= stream.last; ++sequence) {
        const auto answer = connection.ask("STREAM.MSG.GET." + name, R"({"seq":)" + std::to_string(sequence) + "}");
        if (!answer) return log::failed(answer.error(), name);
        auto message = parse_message(*answer);
        if (!message) return tl::unexpected(message.error());
        // One that was deleted.
        if (!*message) continue;
        return StoredEvent{sequence, decode(parse_block((*message)->block), sequence, (*message)->time),
                           std::move((*message)->payload)};
    }
    return std::nullopt;
}

log::Result<Found> find(const Connection& connection, std::string_view topic, const StreamState& stream,
                        const log::Target& target) {
    std::uint64_t low = stream.first;
    std::uint64_t high = stream.last + 1;  // the answer is between them, both included
    std::optional<StoredEvent> at_high;
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        auto event = load(connection, topic, stream, middle);
        if (!event) return tl::unexpected(event.error());
        const bool is_before =
            *event && target.before(stream.offset((*event)->sequence), (*event)->decoded.time, (*event)->decoded.id);
        if (is_before) {
            low = (*event)->sequence + 1;
        } else {
            high = middle;
            at_high = std::move(*event);
        }
    }
    Found found{stream.offset(at_high ? at_high->sequence : high), std::nullopt};
    if (target.by != log::Target::By::id) return found;
    if (!target.exclusive) {
        found.matched = at_high && at_high->decoded.id == target.id;
        return found;
    }
    // Behind it: whether it is there is told by the one before.
    if (high <= stream.first) {
        found.matched = false;
        return found;
    }
    const auto before = load(connection, topic, stream, high - 1);
    if (!before) return tl::unexpected(before.error());
    found.matched = *before && (*before)->decoded.id == target.id;
    return found;
}

}  // namespace station::jetstream
