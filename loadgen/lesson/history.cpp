#include <loadgen/lesson/history.hpp>

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

namespace station::lesson {
namespace {

using Json = nlohmann::ordered_json;

std::optional<Verdict> to_verdict(const std::string& text) {
    for (const auto verdict : {Verdict::pass, Verdict::fail, Verdict::inconclusive}) {
        if (text == to_string(verdict)) return verdict;
    }
    return std::nullopt;
}

std::string now() {
    const std::time_t time = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

// A number that is not finite is null in JSON, and what was only seen has none.
std::optional<double> number_in(const Json& finding, const char* key) {
    const auto found = finding.find(key);
    return found != finding.end() && found->is_number() ? std::optional{found->get<double>()} : std::nullopt;
}

// Throws what nlohmann::json throws where something is missing or of another kind.
Run to_run(const Json& line) {
    Run run{.time = line.at("time").get<std::string>(), .program = line.at("program").get<std::string>()};
    // The exercises of the last step have names instead of numbers; their numbers belong to no lesson.
    run.step = line.at("step").is_string() ? 0 : line.at("step").get<int>();
    run.by_tour = run.program == "tour";
    if (run.by_tour) run.program = line.value("of", "reference");
    run.verdict = to_verdict(line.at("verdict").get<std::string>()).value_or(Verdict::inconclusive);
    run.seconds = line.value("seconds", 0.0);
    for (const Json& finding : line.at("findings")) {
        const auto measured = number_in(finding, "measured");
        if (!measured) continue;
        run.findings.push_back({.id = finding.at("id").get<std::string>(),
                                .measured = *measured,
                                .unit = finding.value("unit", ""),
                                .ratio = number_in(finding, "ratio").value_or(0),
                                .verdict = to_verdict(finding.at("verdict").get<std::string>()).value_or(run.verdict)});
    }
    return run;
}

}  // namespace

std::vector<Run::Measured> to_history(const std::vector<Finding>& findings) {
    std::vector<Run::Measured> kept;
    std::transform(findings.begin(), findings.end(), std::back_inserter(kept), [](const Finding& finding) {
        return Run::Measured{.id = finding.id,
                             .measured = finding.measured,
                             .unit = finding.unit,
                             .ratio = finding.ratio,
                             .verdict = finding.verdict};
    });
    return kept;
}

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

std::string to_line(const Run& run) {
    Json findings = Json::array();
    for (const Run::Measured& one : run.findings) {
        findings.push_back({{"id", one.id},
                            {"measured", one.measured},
                            {"unit", one.unit},
                            {"ratio", one.ratio},
                            {"verdict", to_string(one.verdict)}});
    }
    Json line{{"time", run.time.empty() ? now() : run.time}, {"step", run.step}};
    line["program"] = run.by_tour ? "tour" : run.program;
    if (run.by_tour) line["of"] = run.program;
    line["verdict"] = to_string(run.verdict);
    line["seconds"] = std::round(run.seconds * 10) / 10;
    line["findings"] = std::move(findings);
    return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

bool append(const std::filesystem::path& file, const Run& run) {
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (descriptor < 0) return false;
    const std::string line = to_line(run);
    const bool written = ::write(descriptor, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    return ::close(descriptor) == 0 && written;
}

}  // namespace station::lesson
