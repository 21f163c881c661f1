// What one may guess before a step is measured: who has committed to a number looks at the graph with other eyes.
#pragma once

#include <optional>
#include <string>

namespace station::lesson {

struct Question {
    int step = 0;
    std::string text = {};     // a whole sentence with a question mark
    std::string unit = {};     // "ms", "s", "events/s", "%", "times"; empty for counts
    std::string example = {};  // an answer of the right kind, for who typed something else
    std::string finding = {};  // the id of the finding that has the truth
    std::string figure = {};   // the id of a graph whose heights are the same number; empty: none
    enum class Truth { measured, ratio, percent } truth = Truth::measured;
    std::optional<double> whole = {};  // what 100 % is, where an answer may be a share
};

// nullptr for a step that has none.
const Question* question_of(int step);

}  // namespace station::lesson
