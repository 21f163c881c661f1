#include <station/base/timestamp.hpp>

#include <limits>
#include <string>

#include "catch.hpp"

namespace station::base {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kNow = 1'700'000'000 * kSecond;

std::string problem(std::string_view text) {
    const auto time = parse_time(text, kNow);
    return time ? "" : time.error();
}

TEST_CASE("timestamp: RFC 3339, with its offset and its fraction") {
    CHECK(parse_rfc3339("1970-01-01T00:00:00Z") == 0);
    CHECK(parse_rfc3339("2023-11-14T22:13:20Z") == kNow);
    CHECK(parse_rfc3339("2023-11-14t22:13:20z") == kNow);
    CHECK(parse_rfc3339("2023-11-14 22:13:20+00:00") == kNow);
    CHECK(parse_rfc3339("2023-11-14T23:13:20+01:00") == kNow);
    CHECK(parse_rfc3339("2023-11-14T12:43:20-09:30") == kNow);
    CHECK(parse_rfc3339("2023-11-15T00:13:20+02:00") == kNow);
    CHECK(parse_rfc3339("2023-11-14T22:13:20.5Z") == kNow + kSecond / 2);
    CHECK(parse_rfc3339("2023-11-14T22:13:20.000000001Z") == kNow + 1);
    CHECK(parse_rfc3339("2023-11-14T22:13:20.123456789-00:00") == kNow + 123'456'789);
    CHECK(parse_rfc3339("1969-12-31T23:59:59.999999999Z") == -1);
    CHECK(parse_rfc3339("1969-12-31T23:59:58.5Z") == -3 * kSecond / 2);
    CHECK(parse_rfc3339("1677-09-21T00:12:43.145224192Z") == std::numeric_limits<std::int64_t>::min());
    CHECK(parse_rfc3339("2262-04-11T23:47:16.854775807Z") == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("timestamp: the calendar is kept to") {
    CHECK(parse_rfc3339("2024-02-29T00:00:00Z"));
    CHECK(parse_rfc3339("2000-02-29T00:00:00Z"));
    for (const char* const none :
         {"2023-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2024-02-30T00:00:00Z", "2023-04-31T00:00:00Z",
          "2023-00-01T00:00:00Z", "2023-13-01T00:00:00Z", "2023-01-00T00:00:00Z", "2023-01-32T00:00:00Z",
          "2023-01-01T24:00:00Z", "2023-01-01T00:60:00Z", "2016-12-31T23:59:60Z", "2023-01-01T00:00:00+24:00",
          "2023-01-01T00:00:00+01:60", "1677-09-21T00:12:43.145224191Z", "2262-04-11T23:47:16.854775808Z",
          "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"}) {
        INFO(none);
        CHECK_FALSE(parse_rfc3339(none));
    }
}

TEST_CASE("timestamp: what is nearly RFC 3339 is not") {
    for (const char* const none : {"",
                                   "Z",
                                   "2023-11-14",
                                   "2023-11-14T22:13:20",
                                   "2023-11-14T22:13Z",
                                   "2023-11-14T22:13:20.Z",
                                   "2023-11-14T22:13:20.1234567890Z",
                                   "2023-11-14T22:13:20+0100",
                                   "2023-11-14T22:13:20+01",
                                   "23-11-14T22:13:20Z",
                                   "2023-11-14T22:13:20Z ",
                                   " 2023-11-14T22:13:20Z",
                                   "2023-11-14T22:13:20ZZ",
                                   "2023-1-14T22:13:20Z",
                                   "+023-11-14T22:13:20Z",
                                   "2023/11/14T22:13:20Z",
                                   "2023-11-14T22:13:20,5Z",
                                   "2023-11-14T-1:13:20Z",
                                   "2023-11-14  22:13:20Z",
                                   "20231114T221320Z"}) {
        INFO(none);
        CHECK_FALSE(parse_rfc3339(none));
    }
    CHECK_FALSE(parse_rfc3339(std::string_view{"2023-11-14T22:13:20Z\0", 21}));
}

TEST_CASE("timestamp: so long ago") {
    CHECK(parse_time("ago:250ms", kNow) == kNow - kSecond / 4);
    CHECK(parse_time("ago:90s", kNow) == kNow - 90 * kSecond);
    CHECK(parse_time("ago:5m", kNow) == kNow - 300 * kSecond);
    CHECK(parse_time("ago:2h", kNow) == kNow - 7200 * kSecond);
    CHECK(parse_time("ago:7d", kNow) == kNow - 7 * 86400 * kSecond);
    CHECK(parse_time("ago:0s", kNow) == kNow);
    CHECK(parse_time("ago:40000d", kNow) == kNow - 40'000 * (86400 * kSecond));
    for (const char* const none : {"ago:", "ago:5", "ago:m", "ago:-5m", "ago:+5m", "ago:1.5h", "ago: 5m", "ago:5 m",
                                   "ago:5M", "ago:5w", "ago:5us", "ago:106752d", "ago:99999999999999999999s"}) {
        INFO(none);
        CHECK(problem(none) == "ago takes a whole number and its unit (ms, s, m, h or d), like ago:90s");
    }
}

TEST_CASE("timestamp: a number is nanoseconds, and one that can't be says which unit it looks like") {
    CHECK(parse_time("100000000000000000", kNow) == 100'000'000'000'000'000);
    CHECK(parse_time("1700000000000000001", kNow) == kNow + 1);
    CHECK(problem("99999999999999999") == "looks like microseconds: nanoseconds are meant");
    CHECK(problem("1679909168000000") == "looks like microseconds: nanoseconds are meant");
    CHECK(problem("1679909168000") == "looks like milliseconds: nanoseconds are meant");
    CHECK(problem("1679909168") == "looks like seconds: nanoseconds are meant");
    CHECK(problem("0") == "looks like seconds: nanoseconds are meant");
    CHECK(problem("-5") == "is before 1970: nanoseconds since then are meant");
    for (const char* const none : {"", "1.5", "1e18", "9223372036854775808", "yesterday", "2026-11-27", "+5", "0x5"}) {
        INFO(none);
        CHECK(problem(none) ==
              "a time is RFC 3339 with its offset, like 2026-11-27T10:00:00Z, or ago:90s, or nanoseconds");
    }
}

}  // namespace
}  // namespace station::base
