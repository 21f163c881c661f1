// The end of a run: what was acknowledged, what each member saw and what the chat says its rooms hold are held against
// each other. One thread, after the others have ended.
#pragma once

#include <deque>
#include <loadgen/hammer/talk/crew.hpp>
#include <loadgen/hammer/talk/result.hpp>
#include <loadgen/hammer/talk/stage.hpp>
#include <memory>
#include <string>
#include <vector>

namespace station::hammer::talk {

// By room: what each of them must hold, and what is lost and in conflict, which is counted in the result.
std::vector<std::vector<Said>> compare(const Stage& stage, const std::vector<std::unique_ptr<Crew>>& crews,
                                       Result& result);

// Asks the chat for all of it, page by page, and counts what is missing or twice there. `rooms`: of compare().
void read_back(const Stage& stage, const std::vector<std::vector<Said>>& rooms, Result& result);

// Returns when the chat's tables hold what was acknowledged: an answer is never older than that.
void wait_for_tables(const Stage& stage);

}  // namespace station::hammer::talk
