// Retention as people and programs write it: "7d", a whole number of ms, s, m, h or d. No I/O; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <station/log/retention.hpp>
#include <string>
#include <string_view>

namespace station::log {

// nullopt for anything else, and for no time at all.
std::optional<std::chrono::nanoseconds> parse_age(std::string_view text);
// The same in the largest unit that it is a whole number of; what is less than a millisecond is left out.
std::string age_text(std::chrono::nanoseconds age);

// {"retain_bytes":1000000,"retain_age":"7d","retain_age_ns":604800000000000}, null for each where there is no limit.
std::string to_json(const Retention& retention);

}  // namespace station::log
