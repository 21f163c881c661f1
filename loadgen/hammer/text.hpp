// Numbers and foreign lines as people read them, the same on the terminal and in the page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <loadgen/hammer/plan.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace station::hammer {

// Longer lines of a server are cut: one that never ends its line must not fill our memory.
inline constexpr std::size_t kLongestLine = std::size_t{4} << 20;

struct Replies;

// 1 reply, 2,000 replies
std::string counted(std::uint64_t number, std::string_view one, std::string_view many);
// 870 ns, 1.16 ms, 12.3 s: three digits that count.
std::string short_time(std::uint64_t nanoseconds);
// The beginning of a line that came from a server, safe to print: what is not printable ASCII becomes \xNN.
std::string shown(std::string_view line);
// "50 connections, 64 requests in flight on each, closed loop, echo of 128 bytes"
std::string in_words(const Plan& plan);

// The kinds of replies by name, in the order of the contract; those that did not come are left out.
std::vector<std::pair<std::string_view, std::uint64_t>> by_kind(const Replies& replies);

}  // namespace station::hammer
