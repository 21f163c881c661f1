// Exercise "reconnect", the past: all that there is from the message on that was seen last.
#include "chat/projection/missed.hpp"

#include <utility>

namespace station::chat {

Past::Found<MissedRows> missed_after(Past& past, const std::optional<Id>& seen) {
    // ---- your part: where does it begin, and what if nothing was seen, or something elsewhere? ----
    if (!seen) return missed_from(past, 0);
    const auto sequence = past.sequence_of(*seen);
    if (!sequence) return tl::unexpected(sequence.error());
    return missed_from(past, sequence->value_or(0));
    // ---- end of your part ----
}

Past::Found<MissedRows> missed_from(Past& past, std::optional<std::uint64_t> sequence) {
    // ---- your part: how much is too much, and what has become of what was seen before? ----
    MissedRows missed;
    auto messages = past.from(sequence.value_or(0), SIZE_MAX);
    if (!messages) return tl::unexpected(messages.error());
    missed.messages = std::move(*messages);
    return missed;
    // ---- end of your part ----
}

}  // namespace station::chat
