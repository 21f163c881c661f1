// The history of one's own runs, as a graph.
#pragma once

#include <loadgen/lesson/finding.hpp>
#include <loadgen/lesson/history.hpp>
#include <optional>

namespace station::tour {

// The step's main number over the runs so far, the last 30 of them; nullopt where there is none.
std::optional<draw::Figure> history_figure(const lesson::History& history, const lesson::Lesson& lesson);

}  // namespace station::tour
