#include "chat/projection/missed.hpp"

#include <utility>

namespace station::chat {

Past::Found<MissedRows> missed_after(Past& past, const std::optional<Id>& seen) {
    if (!seen) return missed_from(past, std::nullopt);
    const auto sequence = past.sequence_of(*seen);
    if (!sequence) return tl::unexpected(sequence.error());
    return missed_from(past, *sequence ? std::optional{**sequence + 1} : std::nullopt);
}

Past::Found<MissedRows> missed_from(Past& past, std::optional<std::uint64_t> sequence) {
    MissedRows missed;
    if (sequence) {
        auto messages = past.from(*sequence, kMostMissed + 1);
        if (!messages) return tl::unexpected(messages.error());
        missed.complete = messages->size() <= kMostMissed;
        if (missed.complete) missed.messages = std::move(*messages);
        auto changed = past.changed_from(*sequence);
        if (!changed) return tl::unexpected(changed.error());
        missed.changed = std::move(*changed);
    }
    if (sequence && missed.complete) return missed;
    auto last = past.last(kLastOnes);
    if (!last) return tl::unexpected(last.error());
    missed.messages = std::move(*last);
    return missed;
}

}  // namespace station::chat
