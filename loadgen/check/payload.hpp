// Bytes as a case describes them: text with placeholders, raw bytes, repetitions. tests/contract/README.md
// has the format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace station::check {

// What the placeholders stand for in one run of one case: `$u1` to `$u9` are user names that no other run
// uses, 12 bytes each, so that a case can count on a balance of 0 and on a name's length; `$i` counts
// repetitions from 1.
class Names {
  public:
    static constexpr std::size_t kBytes = 12;

    // `run` makes the names; equal runs have equal names.
    explicit Names(std::uint64_t run);

    std::string expand(std::string_view text, std::size_t iteration) const;

  private:
    std::string prefix_;
};

struct Part {
    std::string bytes;
    std::size_t times = 1;
    bool is_text = true;  // placeholders are expanded in text only
};

struct Payload {
    std::vector<Part> parts;

    std::string expand(const Names& names, std::size_t iteration = 1) const;
    // False: every iteration gives the same bytes.
    bool counts() const;
};

}  // namespace station::check
