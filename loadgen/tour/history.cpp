#include <loadgen/tour/history.hpp>

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <fstream>
#include <loadgen/draw/captions.hpp>
#include <nlohmann/json.hpp>

namespace station::tour {
namespace {

using Json = nlohmann::ordered_json;
using draw::Outcome;
using lesson::Verdict;

constexpr std::size_t kMostRuns = 30;

std::optional<Verdict> to_verdict(const std::string& text) {
    for (const auto verdict : {Verdict::pass, Verdict::fail, Verdict::inconclusive}) {
        if (text == lesson::to_string(verdict)) return verdict;
    }
    return std::nullopt;
}

Outcome to_outcome(Verdict verdict) {
    switch (verdict) {
        case Verdict::pass: return Outcome::pass;
        case Verdict::fail: return Outcome::fail;
        case Verdict::inconclusive: return Outcome::inconclusive;
    }
    return Outcome::none;
}

std::string now() {
    const std::time_t time = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

// Throws what nlohmann::json throws where something is missing or of another kind.
Run to_run(const Json& line) {
    Run run{.time = line.at("time").get<std::string>(), .program = line.at("program").get<std::string>()};
    // The exercises of the last step have names instead of numbers; their numbers belong to no lesson.
    run.step = line.at("step").is_string() ? 0 : line.at("step").get<int>();
    if (run.program == "tour") run.program = line.value("of", "reference");
    run.verdict = to_verdict(line.at("verdict").get<std::string>()).value_or(Verdict::inconclusive);
    for (const Json& finding : line.at("findings")) {
        // A number that is not finite is null in JSON.
        if (!finding.at("measured").is_number()) continue;
        run.findings.push_back({.id = finding.at("id").get<std::string>(),
                                .value = finding.at("measured").get<double>(),
                                .unit = finding.value("unit", ""),
                                .verdict = to_verdict(finding.at("verdict").get<std::string>()).value_or(run.verdict)});
    }
    return run;
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
        return draw::with_unit(one.main->value, unit) + ", " + lesson::to_string(one.main->verdict);
    };
    std::string text = "The last run: " + words(seen.back());
    if (seen.size() > 1) text += "; the first of " + std::to_string(seen.size()) + ": " + words(seen.front());
    return text;
}

}  // namespace

History read_history(const std::filesystem::path& file) {
    History history;
    std::ifstream lines{file, std::ios::binary};
    for (std::string line; std::getline(lines, line);) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        try {
            history.runs.push_back(to_run(Json::parse(line)));
        } catch (const nlohmann::json::exception&) {
            ++history.skipped;
        }
    }
    return history;
}

std::string history_line(const lesson::Lesson& lesson, const std::string& of, double seconds) {
    Json findings = Json::array();
    for (const auto& finding : lesson.findings) {
        findings.push_back({{"id", finding.id},
                            {"measured", finding.measured},
                            {"unit", finding.unit},
                            {"ratio", finding.ratio},
                            {"verdict", lesson::to_string(finding.verdict)}});
    }
    const Json line{{"time", now()},
                    {"step", lesson.step},
                    {"program", "tour"},
                    {"of", of},
                    {"verdict", lesson::to_string(lesson::overall(lesson))},
                    {"seconds", std::round(seconds * 10) / 10},
                    {"findings", findings}};
    return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

bool append(const std::filesystem::path& file, const std::string& line) {
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (descriptor < 0) return false;
    const bool written = ::write(descriptor, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    return ::close(descriptor) == 0 && written;
}

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
                {static_cast<double>(i + 1), seen[i].main->value, to_outcome(seen[i].main->verdict)});
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
