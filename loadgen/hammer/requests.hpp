// The lines that a plan sends, built before the run, so that sending is one system call on bytes that are
// there already. They lie end to end in a ring whose size is a power of two: request number n is line n
// modulo the size. The ring's first lines are there a second time behind its last, so that any batch lies in
// one piece.
//
// Immutable once built; any thread may read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <loadgen/hammer/plan.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace station::hammer {

class Requests {
  public:
    explicit Requests(const Plan& plan);

    Mix mix() const { return mix_; }
    std::size_t size() const { return mask_ + 1; }

    // Longest batch that batch() gives.
    std::size_t most_at_once() const { return most_at_once_; }

    // `count` lines from request `first` on, each with its '\n'.
    std::string_view batch(std::uint64_t first, std::size_t count) const;
    std::string_view line(std::uint64_t number) const { return batch(number, 1); }  // with its '\n'

    // How many of the lines from `first` on are begun when `bytes` bytes are sent.
    std::size_t lines_begun(std::uint64_t first, std::size_t bytes) const;

    bool asks_balance(std::uint64_t number) const { return !asks_.empty() && asks_[index(number)]; }

  private:
    std::size_t index(std::uint64_t number) const { return static_cast<std::size_t>(number) & mask_; }
    void close_ring();

    Mix mix_;
    std::size_t mask_ = 0;
    std::size_t most_at_once_ = 0;
    std::string bytes_;
    std::vector<std::size_t> begins_;  // one more than there are lines, the doubled ones too
    std::vector<bool> asks_;           // by line: a balance query; empty where there are none
};

}  // namespace station::hammer
