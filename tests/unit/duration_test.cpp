#include "catch.hpp"

#include <chrono>
#include <station/flow/duration.hpp>
#include <string>

namespace station::flow {
namespace {

using namespace std::chrono_literals;

TEST_CASE("duration: a number and a unit") {
    CHECK(parse_duration("0ns") == 0ns);
    CHECK(parse_duration("17ns") == 17ns);
    CHECK(parse_duration("200us") == 200us);
    CHECK(parse_duration("1ms") == 1ms);
    CHECK(parse_duration("10s") == 10s);
    CHECK(parse_duration("2m") == 2min);
    CHECK(parse_duration("1.5s") == 1500ms);
    CHECK(parse_duration("0.5us") == 500ns);
}

TEST_CASE("duration: seconds, where there is no unit") {
    CHECK(parse_duration("3") == 3s);
    CHECK(parse_duration("0.25") == 250ms);
    CHECK(parse_duration("0") == 0s);
}

TEST_CASE("duration: up to a day") {
    CHECK(parse_duration("86400s") == 24h);
    CHECK(parse_duration("1440m") == 24h);
    CHECK_FALSE(parse_duration("86401s"));
    CHECK_FALSE(parse_duration("1441m"));
    CHECK_FALSE(parse_duration(std::string(400, '9')));
}

TEST_CASE("duration: anything else is none") {
    for (const char* const text :
         {"",     " ",    "s",   "ms",   "-1s",  "-0.001ms", "+1s", " 1s",  "1s ",   "1 s",    "1h",  "1S",    "1sec",
          "1msx", "1e3s", "1e3", "0x10", "1,5s", "inf",      "nan", "infs", "nanms", "1.5.5s", "--1", "1ms2us"}) {
        INFO('"' << text << '"');
        CHECK_FALSE(parse_duration(text));
    }
    using namespace std::literals;
    CHECK_FALSE(parse_duration("1\0s"sv));
    CHECK_FALSE(parse_duration("1s\0"sv));
}

}  // namespace
}  // namespace station::flow
