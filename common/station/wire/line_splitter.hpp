// Cuts lines out of bytes that somebody else has read, by the rules of LineBuffer (line_buffer.hpp). A line that lies
// whole in what was given is not copied; the beginning of one whose end is yet to come is kept, in memory that is given
// back with the line's end. Who takes lines may stop at any of them.
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <station/wire/line_buffer.hpp>
#include <string>
#include <string_view>

namespace station::wire {

class LineSplitter {
  public:
    explicit LineSplitter(std::size_t max_line = kDefaultMaxLine) : max_line_(max_line) {}

    // The first line that ends in `bytes`, which then begin behind it; incomplete: all of them are used up. The text
    // holds until the next call, and as long as what was given.
    Line next(std::string_view& bytes);

    // For the lines to come: who has shown who they are may send longer ones.
    void set_max_line(std::size_t max_line) { max_line_ = max_line; }
    // The beginning of a line is here, and its end is not.
    bool inside_line() const { return !begun_.empty(); }
    std::size_t kept() const { return begun_.capacity(); }  // bytes

  private:
    bool begin(std::string_view bytes);

    std::size_t max_line_;
    std::string begun_;
    std::string whole_;      // the one that was begun
    bool too_long_ = false;  // a line was, and nothing after it counts
};

}  // namespace station::wire
