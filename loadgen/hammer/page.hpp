// One run as a page: graphs of throughput and latency over time, and the table of summary.hpp below.
// Self-contained, inline SVG, light and dark, no script.
#pragma once

#include <loadgen/hammer/plan.hpp>
#include <loadgen/hammer/result.hpp>
#include <string>

namespace station::hammer {

std::string to_html(const Plan& plan, const Result& result);

}  // namespace station::hammer
