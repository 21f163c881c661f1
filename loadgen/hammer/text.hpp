// Numbers and foreign lines as people read them, the same on the terminal and in the page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <loadgen/hammer/plan.hpp>
#include <station/metrics/histogram.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace station::hammer {

// Stands where a figure would be that nobody has measured.
inline constexpr const char* kNothing = "–";

// Longer lines of a server are cut: one that never ends its line must not fill our memory.
inline constexpr std::size_t kLongestLine = std::size_t{4} << 20;

struct Replies;

// 1 reply, 2,000 replies
std::string counted(std::uint64_t number, std::string_view one, std::string_view many);
// 870 ns, 1.16 ms, 12.3 s: three digits that count.
std::string short_time(std::uint64_t nanoseconds);
// short_time() of such a percentile; "–" where nothing was measured.
std::string latency_text(const metrics::Histogram& latency, double percent);
// "0.5", "1.25", "20,000": what was asked for, to six decimals.
std::string exact_rate(double per_second);
// "0.67", "15.2", "907": what was measured, to three digits that count.
std::string measured_rate(double per_second);
// Spaces in front of it, up to so many characters; "–" is one.
std::string right_aligned(std::string_view text, std::size_t width);
// The beginning of a line that came from a server, safe to print: what is not printable ASCII becomes \xNN.
std::string shown(std::string_view line);
// What the system calls such an errno.
std::string error_text(int error);
// "50 connections, 64 requests in flight on each, closed loop, echo of 128 bytes"
std::string in_words(const Plan& plan);

// The kinds of replies by name, in the order of the contract; those that did not come are left out.
std::vector<std::pair<std::string_view, std::uint64_t>> by_kind(const Replies& replies);

}  // namespace station::hammer
