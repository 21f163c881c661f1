// Several programs in one graph: the step's own, the learner's, and the step before.
#pragma once

#include <loadgen/lesson/lesson.hpp>
#include <string_view>

namespace station::tour {

inline constexpr const char* kYours = "yours";

// Puts what the same lesson measured with another program into the graphs of `shown`, with a line and a marker of its
// own, and adds the sentence that compares. A graph that can't hold both (rows, or many bars) is followed by one of its
// own on the same scale, with "-yours" or "-before" at the end of its id. What a graph shows already is not shown
// twice.
void lay_over(lesson::Lesson& shown, const lesson::Lesson& other, draw::Whose whose);

// "step07-scaling" of "step07-scaling-yours"; of any other id the id itself.
std::string_view base_id(std::string_view id);

}  // namespace station::tour
