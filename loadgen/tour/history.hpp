// The history of one's own runs: a file with a line of JSON for each run of a check or a tour.
//
//   {"time": RFC 3339, "step": 5, "program": "work"|"skeleton"|"reference"|"command"|"tour", "verdict": "pass|fail|
//    inconclusive", "seconds": 7.1, "findings": [{"id", "measured", "unit", "ratio", "verdict"}]}
//
// A tour's lines say in "of" whose program it measured: "work" or "reference".
#pragma once

#include <cstddef>
#include <filesystem>
#include <loadgen/lesson/lesson.hpp>
#include <optional>
#include <string>
#include <vector>

namespace station::tour {

struct Run {
    struct Measured {
        std::string id = {};
        double value = 0;
        std::string unit = {};
        lesson::Verdict verdict = lesson::Verdict::inconclusive;
    };
    std::string time = {};
    int step = 0;
    std::string program = {};  // "work", "skeleton", "command" or "reference"; a tour's is what it measured
    lesson::Verdict verdict = lesson::Verdict::inconclusive;
    std::vector<Measured> findings = {};
};

struct History {
    std::vector<Run> runs = {};
    std::size_t skipped = 0;  // lines that are none
};

// Never fails: a file that is not there is an empty history, a line that makes no sense is counted.
History read_history(const std::filesystem::path& file);

// A tour's line for a step. `of` is "work" or "reference".
std::string history_line(const lesson::Lesson& lesson, const std::string& of, double seconds);

// In one write, so that lines of programs that end at the same time don't mix. False where it can't be written.
bool append(const std::filesystem::path& file, const std::string& line);

// The step's main number over the runs so far, the last 30 of them; nullopt where there is none.
std::optional<draw::Figure> history_figure(const History& history, const lesson::Lesson& lesson);

}  // namespace station::tour
