#include <loadgen/draw/scale.hpp>
#include <loadgen/tour/tour.hpp>

#include <sys/ioctl.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <ostream>

namespace station::tour {
namespace {

using lesson::Finding;
using lesson::Verdict;

constexpr std::size_t kGap = 2;
constexpr std::size_t kStep = 22;
constexpr std::size_t kRatio = 8;
constexpr std::size_t kVerdict = 12;
constexpr std::size_t kNarrowest = 96;
constexpr std::size_t kWidest = 150;

std::size_t terminal_width() {
    winsize size{};
    const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return std::clamp<std::size_t>(known ? size.ws_col : 132, kNarrowest, kWidest);
}

std::size_t letters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
        return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
    }));
}

std::string padded(std::string text, std::size_t width) {
    const std::size_t used = letters(text);
    if (used < width) text.append(width - used, ' ');
    return text;
}

const char* color_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::pass: return "\033[32m";
        case Verdict::fail: return "\033[31m";
        case Verdict::inconclusive: return "\033[33m";
    }
    return "";
}

std::string measured(const Finding& finding) {
    const std::string unit = finding.unit.empty() ? "" : " " + finding.unit;
    return finding.what + ": " + draw::format_number(finding.measured) + unit;
}

std::string step_cell(const lesson::Lesson& lesson) {
    return (lesson.step < 10 ? " " : "") + std::to_string(lesson.step) + " " + lesson.name;
}

}  // namespace

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
    std::vector<std::string> lines{""};
    while (!text.empty()) {
        const auto space = std::min(text.find(' '), text.size());
        const auto word = text.substr(0, space);
        text.remove_prefix(std::min(space + 1, text.size()));
        if (!lines.back().empty() && letters(lines.back()) + 1 + letters(word) > width) lines.emplace_back();
        if (!lines.back().empty()) lines.back() += ' ';
        lines.back() += word;
    }
    return lines;
}

Rows::Rows(std::ostream& out)
    : out_(out),
      is_terminal_(::isatty(STDOUT_FILENO) == 1),
      // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody calls setenv
      has_color_(is_terminal_ && std::getenv("NO_COLOR") == nullptr),
      width_(terminal_width()) {}

namespace {

// The two middle columns share what the others leave.
std::array<std::size_t, 2> middle_widths(std::size_t width) {
    const std::size_t left = width - kStep - kRatio - kVerdict - 4 * kGap;
    return {(left + 1) * 11 / 20, left - (left + 1) * 11 / 20};
}

}  // namespace

void Rows::begin() {
    const auto [what, says] = middle_widths(width_);
    const std::string gap(kGap, ' ');
    out_ << padded("step", kStep) << gap << padded("what was measured", what) << gap
         << padded("what the lesson says", says) << gap << padded("   ratio", kRatio) << gap << "verdict\n"
         << std::string(width_, '-') << std::endl;
}

void Rows::running(std::string_view what) {
    if (!is_terminal_) return;
    std::string line = "   running: " + std::string{what} + " …";
    while (letters(line) >= width_) line.pop_back();
    out_ << "\r\033[K" << line << std::flush;
}

void Rows::add(const lesson::Lesson& lesson) { add_row(step_cell(lesson), lesson); }

void Rows::add_yours(const lesson::Lesson& lesson) { add_row("   yours", lesson); }

void Rows::say(std::string_view text) {
    if (is_terminal_) out_ << "\r\033[K";
    constexpr std::size_t kIndent = 3;
    for (const std::string& line : wrap(text, width_ - kIndent)) out_ << std::string(kIndent, ' ') << line << '\n';
    out_ << std::flush;
}

void Rows::add_row(const std::string& name, const lesson::Lesson& lesson) {
    if (is_terminal_) out_ << "\r\033[K";
    const Finding& main = lesson.findings.front();
    const Verdict verdict = lesson::overall(lesson);
    const auto [what_width, says_width] = middle_widths(width_);
    const auto what = wrap(measured(main), what_width);
    const auto says = wrap(main.expected, says_width);
    const std::string gap(kGap, ' ');
    std::string ratio = draw::format_ratio(main.ratio);
    while (letters(ratio) < kRatio) ratio.insert(0, " ");

    for (std::size_t i = 0; i < std::max(what.size(), says.size()); ++i) {
        const bool first = i == 0;
        out_ << padded(first ? name : "", kStep) << gap << padded(i < what.size() ? what[i] : "", what_width) << gap
             << padded(i < says.size() ? says[i] : "", says_width);
        if (first) {
            const std::string text{lesson::to_string(verdict)};
            out_ << gap << ratio << gap << (has_color_ ? color_of(verdict) + text + "\033[0m" : text);
        }
        out_ << '\n';
    }
    for (const Finding& finding : lesson.findings) {
        if (finding.verdict != Verdict::pass) out_ << "     " << lesson::to_text(finding) << '\n';
    }
    out_ << std::flush;
}

void Rows::end() {
    if (is_terminal_) out_ << "\r\033[K";
    out_ << std::string(width_, '-') << std::endl;
}

}  // namespace station::tour
