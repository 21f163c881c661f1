// What the lessons come to, as plain data: a finding for each claim of a step, and a lesson that holds them with its
// figures. Nothing here starts a program or looks at a clock.
#pragma once

#include <loadgen/draw/figure.hpp>
#include <loadgen/lesson/verdict.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace station::lesson {

inline constexpr double kHardlyHolds = 0.8;
inline constexpr int kFinalStation = 11;  // the last step, among the others

// What a step claims, and what came of it.
struct Finding {
    std::string id = {};     // stable: "step04.everybody-waits"
    std::string title = {};  // what to see, one sentence without a full stop
    std::string what = {};   // what `measured` is: "p99 with 64 clients"
    double measured = 0;
    std::string unit = {};      // "ms"; empty for counts
    std::string expected = {};  // in words: "at least 30 times one event's work"
    double ratio = 0;           // what `expected` speaks of
    Verdict verdict = Verdict::fail;
    std::string cause = {};  // why it is as it is, one sentence
    std::string next = {};   // what to do now, one sentence

    // A pain is what the step is wrong in: it must show in the repository's own step, or the lesson is lost; another
    // program may do better. Unseen is what the program does not let anybody see.
    enum class Role { gain, pain, unseen };
    Role role = Role::gain;
    // By what factor the expectation was missed, below 1 where it was met; infinite where it was a count, which no busy
    // machine explains away.
    double missed_by = 1;
    double hardly = kHardlyHolds;  // Bound::hardly, judge.hpp
};

struct Lesson {
    int step = 0;
    std::string name = {};               // "in_task_processing"
    std::string headline = {};           // what the step teaches, one sentence
    std::vector<Finding> findings = {};  // the first one stands for the step
    std::vector<draw::Figure> figures = {};
    std::vector<std::string> commands = {};  // to see it oneself
    std::vector<std::string> not_run = {};   // "step04.overflow (why)", or an id alone: what nobody looked at
    bool stopped = false;                    // some of it because something had failed before
};

// The worst of the findings.
Verdict overall(const Lesson& lesson);

// As data, for results.json and for check --json.
nlohmann::ordered_json to_json(const Lesson& lesson);
nlohmann::ordered_json to_json(const std::vector<draw::Figure>& figures);

// "PASS step04.everybody-waits: p99 with 64 clients: 66.2 ms (66.2×, expected at least 30 times one event's work)", and
// where it did not pass, a line each for the cause and the next move.
std::string to_text(const Finding& finding);

}  // namespace station::lesson
