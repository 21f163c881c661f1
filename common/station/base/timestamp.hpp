// Points in time as people and programs write them, in nanoseconds since 1970 (UTC). The locale and the time zone of
// the machine have no say. No I/O; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace station::base {

// By the system's clock.
std::int64_t unix_nanos();

// RFC 3339: "2026-11-27T10:00:00Z", "2026-11-27t11:00:00.123456789+01:00". Up to nine digits of a second; the date must
// be one of the calendar. A leap second (:60) is none here, since a clock that counts from 1970 has no number for it.
// nullopt for anything else, and for what 64 bits can't hold (before 1677, after 2262).
std::optional<std::int64_t> parse_rfc3339(std::string_view text);

// What takes a time takes any of these: RFC 3339; "ago:90s", a whole number of ms, s, m, h or d before `now`;
// nanoseconds since 1970. A number below 10^17 (March 1973) is refused, as it is one of another unit: taken for 1970 it
// would mean all that there is. The error is a sentence for whoever wrote it.
tl::expected<std::int64_t, std::string> parse_time(std::string_view text, std::int64_t now);

}  // namespace station::base
