// One run as a page: graphs of throughput, latency over time and by percentile, each with its numbers as a table, and
// the table of summary.hpp. Drawn by loadgen/draw, like the tour's.
#pragma once

#include <loadgen/hammer/plan.hpp>
#include <loadgen/hammer/result.hpp>
#include <string>

namespace station::hammer {

std::string to_html(const Plan& plan, const Result& result);

}  // namespace station::hammer
