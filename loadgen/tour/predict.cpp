#include <loadgen/tour/predict.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <istream>
#include <loadgen/draw/captions.hpp>
#include <loadgen/draw/scale.hpp>
#include <ostream>
#include <station/base/numbers.hpp>
#include <station/base/text.hpp>

namespace station::tour {
namespace {

using draw::with_unit;
using lesson::Question;

constexpr double kClose = 1.1;  // a guess within a tenth is close

constexpr std::string_view kSpaces = " \t\r";  // a guess may come from a file, and that from anywhere

bool is_percent(std::string_view unit) { return unit == "%" || unit == "percent"; }

// How many of the question's units a unit is; nullopt for one of another kind.
std::optional<double> factor_of(std::string_view unit, const Question& question) {
    constexpr std::array<std::pair<std::string_view, double>, 10> kTimes{{{"ns", 1e-9},
                                                                          {"us", 1e-6},
                                                                          {"\xC2\xB5s", 1e-6},
                                                                          {"\xCE\xBCs", 1e-6},
                                                                          {"ms", 1e-3},
                                                                          {"s", 1},
                                                                          {"sec", 1},
                                                                          {"seconds", 1},
                                                                          {"milliseconds", 1e-3},
                                                                          {"min", 60}}};
    if (unit.empty()) return 1;
    if (is_percent(unit)) return question.unit == "%" ? std::optional<double>{1} : std::nullopt;
    if (question.unit == "s" || question.unit == "ms") {
        for (const auto& [name, seconds] : kTimes) {
            if (unit == name) return question.unit == "ms" ? seconds * 1000 : seconds;
        }
        return std::nullopt;
    }
    if (question.unit == "times") {
        return unit == "x" || unit == "\xC3\x97" || unit == "times" ? std::optional<double>{1} : std::nullopt;
    }
    if (question.unit == "%") return std::nullopt;
    for (const std::string_view name : {"/s", "events/s", "a second", "per second", "events a second", "events"}) {
        if (unit == name) return 1;
    }
    return std::nullopt;
}

// "1,500" is a thousand and a half, "0,5" is a half. Takes the number away from the text.
std::optional<double> take_number(std::string_view& text) {
    std::string digits;
    std::size_t at = 0;
    for (; at < text.size() && (base::is_digit(text[at]) || text[at] == '.' || text[at] == ','); ++at) {
        if (text[at] != ',') {
            digits += text[at];
            continue;
        }
        std::size_t behind = 0;
        while (at + 1 + behind < text.size() && base::is_digit(text[at + 1 + behind])) ++behind;
        if (behind != 3) digits += '.';
    }
    text.remove_prefix(at);
    return base::parse_number<double>(digits);
}

// "k" and "M" right behind a number, unless they begin a unit of their own ("ms", "min").
double take_multiplier(std::string_view& text) {
    if (text.empty() || (text.size() > 1 && base::is_letter(text[1]))) return 1;
    const double factor = text[0] == 'k' || text[0] == 'K' ? 1e3 : text[0] == 'M' ? 1e6 : 1;
    if (factor > 1) text.remove_prefix(1);
    return factor;
}

double truth_of(const Question& question, const lesson::Finding& finding) {
    switch (question.truth) {
        case Question::Truth::measured: break;
        case Question::Truth::ratio: return finding.ratio;
        case Question::Truth::percent: return 100 * finding.ratio;
    }
    return finding.measured;
}

std::string how_far(double guessed, double measured) {
    if (guessed == measured) return "right";
    if (measured == 0) return "none at all";
    if (guessed == 0) return "not none";
    const double ratio = measured / guessed;
    if (ratio < kClose && ratio > 1 / kClose) return "close";
    return ratio > 1 ? draw::times(measured, guessed) + " more" : draw::times(guessed, measured) + " less";
}

}  // namespace

std::optional<double> parse_guess(std::string_view text, const Question& question) {
    text = base::trim(text, kSpaces);
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    text = base::trim(text, kSpaces);
    const double multiplier = take_multiplier(text);
    const std::string unit = base::lower(base::trim(text, kSpaces));
    const bool is_share = question.whole && is_percent(unit);
    const auto factor = is_share ? question.whole : factor_of(unit, question);
    if (!factor) return std::nullopt;
    const double value = *number * multiplier * *factor / (is_share ? 100 : 1);
    return std::isfinite(value) ? std::optional{value} : std::nullopt;
}

std::optional<double> ask(const Question& question, std::istream& in, std::ostream& out) {
    out << question.text << '\n';
    for (const bool again : {false, true}) {
        out << (again ? "That is no number I understand; like " + question.example : std::string{"Your guess"})
            << " (empty: skip): " << std::flush;
        std::string line;
        if (!std::getline(in, line)) {
            out << '\n';
            return std::nullopt;
        }
        if (base::trim(line, kSpaces).empty()) return std::nullopt;
        if (const auto guess = parse_guess(line, question)) return guess;
    }
    return std::nullopt;
}

Guess compare(const Question& question, double guessed, const lesson::Lesson& lesson) {
    Guess guess{.step = question.step, .question = question.text, .unit = question.unit, .guessed = guessed};
    for (const auto& finding : lesson.findings) {
        if (finding.id != question.finding) continue;
        guess.what = question.truth == Question::Truth::measured ? finding.what : finding.title;
        guess.measured = truth_of(question, finding);
        guess.why = finding.cause;
    }
    return guess;
}

std::string to_text(const Guess& guess) {
    const std::string begin = "you guessed " + with_unit(guess.guessed, guess.unit) + ", ";
    if (!guess.measured) return begin + "and it could not be measured";
    const std::string why = guess.why.empty() ? "" : "; why: " + guess.why;
    return begin + "it was " + with_unit(*guess.measured, guess.unit) + ": " + how_far(guess.guessed, *guess.measured) +
           why;
}

draw::Figure guess_figure(const Guess& guess) {
    draw::BarChart chart{.value = {.label = guess.what.empty() ? "answer" : guess.what, .unit = guess.unit},
                         .parts = {{.label = "answer"}},
                         .bars = {{.name = {.kind = "your guess"}, .values = {guess.guessed}}}};
    if (guess.measured) chart.bars.push_back({.name = {.kind = "measured"}, .values = {*guess.measured}});
    std::string says = to_text(guess).substr(0, to_text(guess).find("; why: "));
    says.front() = 'Y';
    return {.id = "guess-" + std::to_string(guess.step),
            .title = "Your guess, and the truth",
            .about = guess.question,
            .chart = std::move(chart),
            .says = std::move(says)};
}

void mark_guess(std::vector<draw::Figure>& figures, const Guess& guess) {
    constexpr double kMostOfTheGraph = 3;  // a wild guess must not flatten what was measured
    const Question* const question = lesson::question_of(guess.step);
    for (auto& figure : figures) {
        auto* const chart = std::get_if<draw::LineChart>(&figure.chart);
        const bool shows_it = question != nullptr && figure.id == question->figure;
        if (chart == nullptr || !shows_it || chart->series.empty() || !guess.measured) continue;
        if (guess.guessed > kMostOfTheGraph * *guess.measured || chart->series.front().points.empty()) continue;
        const auto& along = chart->series.front().points;
        chart->series.push_back({.name = {.kind = "your guess"},
                                 .points = {{along.front().x, guess.guessed}, {along.back().x, guess.guessed}},
                                 .role = draw::Role::limit});
    }
}

}  // namespace station::tour
