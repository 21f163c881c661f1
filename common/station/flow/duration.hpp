// Times as people type them: 200us, 1ms, 1.5s, 2m.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace station::flow {

// A number and a unit (ns, us, ms, s, m); without a unit it is seconds. nullopt for anything else, for what is
// negative, and for more than a day.
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

}  // namespace station::flow
