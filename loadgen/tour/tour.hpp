// What a tour has seen, and the three ways to show it: rows as it goes, a page, and a file of numbers.
#pragma once

#include <iosfwd>
#include <loadgen/lesson/lesson.hpp>
#include <loadgen/tour/loops.hpp>
#include <loadgen/tour/predict.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace station::tour {

// What the numbers belong to, as names and values: processor, cores, kernel, compiler, …
using Machine = std::vector<std::pair<std::string, std::string>>;
Machine this_machine();

// What a step's section shows beside the step itself.
struct Beside {
    std::optional<lesson::Lesson> yours = {};  // the learner's program under the same load
    std::optional<Guess> guess = {};
    std::vector<draw::Figure> figures = {};  // of the guess, and of the runs so far
};

struct Tour {
    Machine machine = {};
    std::string when = {};  // "2026-03-01 12:00 UTC"
    double seconds = 0;     // how long it took
    double others = 0;      // cores that other programs used meanwhile, on average
    std::vector<lesson::Lesson> lessons = {};
    std::map<int, Beside> beside = {};  // by step
    Loops loops = {};
    std::vector<draw::Figure> overlay = {};  // empty where it was not measured
    std::vector<std::string> overlay_commands = {};
};

// The table in the terminal. On a terminal it is coloured (unless NO_COLOR is set) and has a last line that says what
// is being measured; elsewhere it is plain.
class Rows {
  public:
    explicit Rows(std::ostream& out);

    void begin();
    void running(std::string_view what);
    void add(const lesson::Lesson& lesson);
    void add_yours(const lesson::Lesson& lesson);
    // A line of its own among the rows.
    void say(std::string_view text);
    void end();

  private:
    void add_row(const std::string& name, const lesson::Lesson& lesson);

    std::ostream& out_;
    bool is_terminal_;
    bool has_color_;
    std::size_t width_;
};

// Breaks `text` at spaces into lines of at most `width` letters; a longer word gets a line of its own.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

std::string to_page(const Tour& tour);
std::string to_json(const Tour& tour);

}  // namespace station::tour
