// Exercise "reconnect", the seam: what was missed is read, and meanwhile more comes. All of it is told as it comes.
#include "chat/live/follow.hpp"

#include <algorithm>

namespace station::chat {

bool Follow::take(std::uint64_t sequence, bool may_keep) {
    // ---- your part: is it told now, or is it told by what is read? ----
    newest_ = std::max(newest_, sequence + 1);
    return may_keep;
    // ---- end of your part ----
}

void Follow::was_read(std::uint64_t position) {
    // ---- your part: where does one stand now, and is that where the others are? ----
    position_ = position;
    is_reading_ = false;
    is_live_ = true;
    // ---- end of your part ----
}

}  // namespace station::chat
