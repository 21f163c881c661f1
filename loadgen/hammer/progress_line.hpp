// What loadgen says while it runs, on standard error: one line that is rewritten where that is a terminal, a
// line each second elsewhere.
#pragma once

#include <loadgen/hammer/result.hpp>
#include <string>

namespace station::hammer {

class ProgressLine {
  public:
    ProgressLine();
    ~ProgressLine();  // takes the line off the terminal
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    // `now` as hammer::Progress gives it: counts since the run began, percentiles of the last slice.
    void show(const Sample& now, Nanoseconds elapsed);
    // How far something is, in words.
    void show(const std::string& how_far, Nanoseconds elapsed);
    void clear();

  private:
    std::string text(const Sample& now, Nanoseconds elapsed) const;

    const bool terminal_;
    std::uint64_t replies_before_ = 0;
    Nanoseconds shown_at_{0};
};

}  // namespace station::hammer
