#include "chat/live/follow.hpp"

#include <algorithm>

namespace station::chat {

bool Follow::take(std::uint64_t sequence, bool may_keep) {
    newest_ = std::max(newest_, sequence + 1);
    if (!is_live_ || sequence < position_) return false;
    if (!may_keep) {
        is_live_ = false;
        return false;
    }
    position_ = sequence + 1;
    return true;
}

void Follow::was_read(std::uint64_t position) {
    position_ = std::max(position_, position);
    is_reading_ = false;
    is_live_ = newest_ <= position_;
}

}  // namespace station::chat
