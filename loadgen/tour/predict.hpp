// Prediction: a question about a step before its load starts, the guess, and the truth beside it.
#pragma once

#include <iosfwd>
#include <loadgen/lesson/finding.hpp>
#include <loadgen/lesson/question.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace station::tour {

// "70 ms", "0.07s", "1k", "1,500 events/s", "50 %": the number in the question's unit; nullopt for what is none of it.
std::optional<double> parse_guess(std::string_view text, const lesson::Question& question);

// Asks on `out`, reads a line from `in`. An empty line or the end of the input is no guess; nonsense is asked for once
// more, and then let be.
std::optional<double> ask(const lesson::Question& question, std::istream& in, std::ostream& out);

struct Guess {
    int step = 0;
    std::string question = {};
    std::string what = {};  // "p99 with 64 clients"
    std::string unit = {};
    double guessed = 0;
    std::optional<double> measured = {};  // nullopt: it could not be measured
    std::string why = {};                 // the finding's cause
};

Guess compare(const lesson::Question& question, double guessed, const lesson::Lesson& lesson);

// "you guessed 10 ms, it was 68 ms: 6.8 times more; why: …"
std::string to_text(const Guess& guess);

// The guess beside the truth.
draw::Figure guess_figure(const Guess& guess);

// Draws the guess into those of the step's own graphs that show the same number.
void mark_guess(std::vector<draw::Figure>& figures, const Guess& guess);

}  // namespace station::tour
