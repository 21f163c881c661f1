// A plan and its result as JSON, for programs: names in snake_case, units in the names, all of it always
// there.
#pragma once

#include <loadgen/hammer/plan.hpp>
#include <loadgen/hammer/result.hpp>
#include <string>

namespace station::hammer {

// {"plan":{…},"result":{…}}, indented, with a '\n' at the end.
std::string to_json(const Plan& plan, const Result& result);

}  // namespace station::hammer
