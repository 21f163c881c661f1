// Cuts a stream of bytes into lines, whatever pieces the bytes arrive in. No I/O: the caller reads into prepare(),
// says how much with commit(), and takes lines out with next() until one is incomplete.
//
// A line ends with '\n'; a '\r' right before it is dropped; empty lines are skipped. A line of more than `max_line`
// bytes is too_long, and so is everything after it: the caller answers once and closes. Memory grows with what a
// client really sends, from one small block up to one line's limit, so idle connections stay cheap.
//
// Not thread-safe; belongs to one connection. A returned line lives until the next prepare().
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace station::wire {

inline constexpr std::size_t kDefaultMaxLine = 65536;

enum class LineStatus { complete, incomplete, too_long };

struct Line {
    LineStatus status = LineStatus::incomplete;
    std::string_view text;  // without its ending; empty unless complete
};

class LineBuffer {
  public:
    explicit LineBuffer(std::size_t max_line = kDefaultMaxLine) : max_line_(max_line) {}

    // Room for the next read; never empty once next() has said incomplete.
    std::span<char> prepare();
    // The first `bytes` of what prepare() gave are filled now.
    void commit(std::size_t bytes);
    Line next();

  private:
    std::size_t max_line_;
    std::vector<char> bytes_;
    std::size_t begin_ = 0;    // where the first line not yet returned begins
    std::size_t scanned_ = 0;  // up to here there is no '\n' in that line
    std::size_t end_ = 0;      // where the received bytes end
    bool too_long_ = false;    // a line was, and nothing after it counts
};

}  // namespace station::wire
