// Text for a terminal: lines are broken at blanks, so that nothing is cut in the middle of a word.
#pragma once

#include <cstddef>
#include <ostream>
#include <streambuf>
#include <string>
#include <string_view>

namespace station::check {

// COLUMNS, or the terminal's width, or 100 where standard output is none. Not below 40.
std::size_t terminal_width();

// Each line of `text` at most `width` columns where it has a blank to break at; what follows is indented as far as the
// line's text begins, four columns more. A character counts as one column.
std::string wrapped(std::string_view text, std::size_t width);

// For as long as it lives, what goes to `out` is wrapped, line by line.
class WrappedOutput : private std::streambuf {
  public:
    WrappedOutput(std::ostream& out, std::size_t width);
    ~WrappedOutput() override;
    WrappedOutput(const WrappedOutput&) = delete;
    WrappedOutput& operator=(const WrappedOutput&) = delete;

  private:
    int overflow(int c) override;
    int sync() override;

    std::ostream& out_;
    std::streambuf* const inner_;
    const std::size_t width_;
    std::string line_;
};

}  // namespace station::check
