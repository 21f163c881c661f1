// What a run came to, as a short table in plain text: for the terminal, and for those who can't see the
// page's graphs.
#pragma once

#include <loadgen/hammer/plan.hpp>
#include <loadgen/hammer/result.hpp>
#include <string>

namespace station::hammer {

std::string summary(const Plan& plan, const Result& result);

// For an open loop: the latencies from when requests were due beside those from when they were sent.
std::string omission(const Result& result);

}  // namespace station::hammer
