#include <loadgen/tour/history.hpp>

#include <algorithm>
#include <array>
#include <loadgen/draw/captions.hpp>

namespace station::tour {
namespace {

using draw::Outcome;
using lesson::History;
using lesson::Run;
using lesson::Verdict;

constexpr std::size_t kMostRuns = 30;

Outcome to_outcome(Verdict verdict) {
    switch (verdict) {
        case Verdict::pass: return Outcome::pass;
        case Verdict::fail: return Outcome::fail;
        case Verdict::inconclusive: return Outcome::inconclusive;
    }
    return Outcome::none;
}

// In the order in which they are drawn; the repository's own programs are only there to compare with.
struct Program {
    const char* name;
    const char* label;
    draw::Color color;
    draw::Whose whose;
};
constexpr std::array<Program, 4> kPrograms{
    {{"work", "yours", draw::Color::purple, draw::Whose::yours},
     {"command", "your command", draw::Color::sky, draw::Whose::yours},
     {"skeleton", "the skeleton", draw::Color::orange, draw::Whose::before},
     {"reference", "the repository's", draw::Color::grey, draw::Whose::subject}}};

struct Seen {
    const Run* run;
    const Run::Measured* main;
};

std::vector<Seen> runs_of(const History& history, const lesson::Lesson& lesson) {
    std::vector<Seen> seen;
    for (const Run& run : history.runs) {
        if (run.step != lesson.step) continue;
        const auto main = std::find_if(run.findings.begin(), run.findings.end(), [&](const Run::Measured& finding) {
            return finding.id == lesson.findings.front().id;
        });
        if (main != run.findings.end()) seen.push_back({&run, &*main});
    }
    if (seen.size() > kMostRuns) seen.erase(seen.begin(), seen.end() - kMostRuns);
    return seen;
}

// "2026-03-01 12:00" of "2026-03-01T12:00:00Z"
std::string short_moment(std::string time) {
    std::replace(time.begin(), time.end(), 'T', ' ');
    constexpr std::size_t kUpToMinutes = 16;
    return time.substr(0, kUpToMinutes);
}

// "The last run: 2.1 ms, pass; the first of 7: 66 ms, fail"
std::string sum_up(const std::vector<Seen>& seen, const std::string& unit) {
    const auto words = [&](const Seen& one) {
        return draw::with_unit(one.main->measured, unit) + ", " + lesson::to_string(one.main->verdict);
    };
    std::string text = "The last run: " + words(seen.back());
    if (seen.size() > 1) text += "; the first of " + std::to_string(seen.size()) + ": " + words(seen.front());
    return text;
}

}  // namespace

std::optional<draw::Figure> history_figure(const History& history, const lesson::Lesson& lesson) {
    const auto seen = runs_of(history, lesson);
    // One run of the repository's own program is no history of anybody's.
    if (seen.empty() || (seen.size() == 1 && seen.front().run->program == "reference")) return std::nullopt;
    const auto& main = lesson.findings.front();
    draw::LineChart chart{.x = {.label = "run", .from = 1}, .y = {.label = main.what, .unit = main.unit}};
    // Runs are counted: half of a run is none.
    const std::size_t step = (seen.size() + 9) / 10;
    for (std::size_t i = 0; i < seen.size(); i += step) chart.x.ticks.push_back(static_cast<double>(i + 1));
    for (const Program& program : kPrograms) {
        draw::Series series{.name = {.program = program.label, .whose = program.whose}, .color = program.color};
        for (std::size_t i = 0; i < seen.size(); ++i) {
            if (seen[i].run->program != program.name) continue;
            series.points.push_back(
                {static_cast<double>(i + 1), seen[i].main->measured, to_outcome(seen[i].main->verdict)});
        }
        if (!series.points.empty()) chart.series.push_back(std::move(series));
    }
    if (chart.series.empty()) return std::nullopt;
    const std::string skipped = history.skipped == 0 ? ""
                                                     : " " + std::to_string(history.skipped) +
                                                           " lines of the history made no sense and are left out.";
    return draw::Figure{.id = "history-" + std::to_string(lesson.step),
                        .title = "Your runs of this step so far",
                        .about = "A filled circle passed, a cross failed, a ring was inconclusive; from " +
                                 short_moment(seen.front().run->time) + " to " + short_moment(seen.back().run->time) +
                                 "." + skipped,
                        .chart = std::move(chart),
                        .says = sum_up(seen, main.unit)};
}

}  // namespace station::tour
