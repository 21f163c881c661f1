// Where one connection stands in one room that it follows: a cursor. Everything before `position` was told; what comes
// live is told where it lies at the cursor or behind it, and while the cursor is elsewhere (the room's past is being
// read, or the client does not take what waits for it) nothing is kept: it is read again from `position`. So there is
// one place where history ends and the present begins, and nothing is told twice or left out there.
//
// No I/O. Belongs to its connection's thread.
#pragma once

#include <cstdint>
#include <optional>

#include "chat/model/id.hpp"

namespace station::chat {

class Follow {
  public:
    explicit Follow(std::optional<Id> seen) : seen_(seen) {}

    // A change of the room lies at `sequence`: whether it is to be told now. Those that come by ascend, but begin
    // anywhere: also before what was read. `may_keep`: there is room for it.
    bool take(std::uint64_t sequence, bool may_keep);

    // What was missed is to be read: from the last message that was seen, or from position().
    bool wants_read() const { return !is_live_ && !is_reading_; }
    bool begins() const { return position_ == 0; }
    const std::optional<Id>& seen() const { return seen_; }
    std::uint64_t position() const { return position_; }
    void reading() { is_reading_ = true; }
    // All before this was read, and told. Where something came by meanwhile that lies behind, it is to be read again.
    void was_read(std::uint64_t position);

    bool is_live() const { return is_live_; }

  private:
    std::optional<Id> seen_;
    std::uint64_t position_ = 0;  // nothing has been read yet where it is 0
    std::uint64_t newest_ = 0;    // behind the last change that came by
    bool is_live_ = false;        // what comes now is told
    bool is_reading_ = false;
};

}  // namespace station::chat
