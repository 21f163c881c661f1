// Drives a trace again: sends the same bytes on the same connections at the same times, says what comes back
// differently, and whether the check that failed comes to the same verdict now.
#pragma once

#include <loadgen/check/options.hpp>
#include <loadgen/lesson/verdict.hpp>
#include <tl/expected.hpp>

namespace station::check {

// Prints what it finds; returns the verdict of now. The error: there is no such trace, or no such case any more.
tl::expected<lesson::Verdict, std::string> replay(const Options& options);

}  // namespace station::check
