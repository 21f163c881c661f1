// What a check has come to, in one verdict, one cause and one next move; and its run in the history.
#pragma once

#include <loadgen/check/contract.hpp>
#include <loadgen/check/options.hpp>
#include <loadgen/lesson/finding.hpp>
#include <loadgen/lesson/history.hpp>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace station::check {

struct Outcome {
    std::optional<ContractResult> contract;  // nullopt: that phase did not run
    std::optional<lesson::Lesson> lesson;
    double seconds = 0;

    Verdict verdict() const;
};

// The first thing that is not as it should be, the contract before the lesson; all empty where everything passed.
struct Complaint {
    std::string id;  // of the case or the finding
    std::string cause;
    std::string next;
};
Complaint complaint(const Outcome& outcome);

// One sentence: what to do now.
std::string last_line(const Outcome& outcome, const Options& options);

// What --json writes, and a trace's result.json.
nlohmann::ordered_json to_json(const Outcome& outcome, const Options& options);

// What --history keeps of it.
lesson::Run history_run(const Outcome& outcome, const Options& options);

}  // namespace station::check
