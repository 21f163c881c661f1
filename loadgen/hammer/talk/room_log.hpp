// What one member has seen of one room, without I/O: each message once, in the order of the ledger's sequence, and
// afterwards whether any of those that were acknowledged never came.
//
// Messages of this run are numbered from 0; what others said, or was said before, is kStranger and is only looked at
// for its order.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace station::hammer::talk {

inline constexpr std::uint32_t kStranger = UINT32_MAX;

struct Said {
    std::uint64_t sequence = 0;
    std::uint32_t number = 0;

    friend auto operator<=>(const Said&, const Said&) = default;
};

class RoomLog {
  public:
    enum class Verdict : std::uint8_t { right, doubled, out_of_order };

    Verdict take(const Said& said);
    // The server has said that it leaves out what came after the last one seen and before the one that comes next.
    void leave_out() { leaves_out_ = true; }

    std::uint64_t last_sequence() const { return last_; }
    std::uint64_t own() const { return own_.size(); }  // messages of this run, so far
    // How many of the room's messages never came, other than those left out. `all`: by sequence.
    std::uint64_t missing(std::span<const Said> all) const;
    // The first of them, for words.
    const Said* first_missing(std::span<const Said> all) const;
    std::span<const Said> seen() const { return own_; }

  private:
    bool is_left_out(std::uint64_t sequence) const;
    bool has(const Said& said) const;

    std::uint64_t last_ = 0;
    bool leaves_out_ = false;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> left_out_;  // sequences between, both ends excluded
    std::vector<Said> own_;                                          // by sequence
    std::vector<std::uint64_t> strangers_;                           // sequences, ascending
};

// All that a room holds by what was acknowledged and what anybody saw: by sequence, each once. Nothing may have two
// sequences, nor two messages one: `conflicts` counts those.
std::vector<Said> all_of(std::vector<Said> said, std::uint64_t& conflicts);

}  // namespace station::hammer::talk
