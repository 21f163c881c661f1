// The history of one's own runs: a file with a line of JSON for each run of a check or a tour. This is where its schema
// is said, and what C++ writes and reads of it:
//
//   {"time": RFC 3339, "step": 5, "program": "work"|"skeleton"|"reference"|"command"|"tour", "verdict": "pass|fail|
//    inconclusive", "seconds": 7.1, "findings": [{"id", "measured", "unit", "ratio", "verdict"}]}
//
// A tour's lines say in "of" whose program it measured: "work" or "reference". The course (steps/course) writes a line
// itself where no checker of a step ran: its "step" may be a name ("cursor"), and its findings are kept as they were
// found, with more keys than these, and without a number where nothing was measured.
#pragma once

#include <cstddef>
#include <filesystem>
#include <loadgen/lesson/finding.hpp>
#include <string>
#include <vector>

namespace station::lesson {

struct Run {
    struct Measured {
        std::string id = {};
        double measured = 0;
        std::string unit = {};
        double ratio = 0;
        Verdict verdict = Verdict::inconclusive;
    };
    std::string time = {};     // RFC 3339; empty: now
    int step = 0;              // 0: an exercise that has a name instead
    std::string program = {};  // "work", "skeleton", "command" or "reference"; a tour's is what it measured
    bool by_tour = false;
    Verdict verdict = Verdict::inconclusive;
    double seconds = 0;
    std::vector<Measured> findings = {};
};

// What the history keeps of a lesson.
std::vector<Run::Measured> to_history(const std::vector<Finding>& findings);

struct History {
    std::vector<Run> runs = {};
    std::size_t skipped = 0;  // lines that are none
};

// Never fails: a file that is not there is an empty history, a line that makes no sense is counted.
History read_history(const std::filesystem::path& file);

// The run's line, with its '\n'.
std::string to_line(const Run& run);

// In one write, so that lines of programs that end at the same time don't mix. False where it can't be written.
bool append(const std::filesystem::path& file, const Run& run);

}  // namespace station::lesson
