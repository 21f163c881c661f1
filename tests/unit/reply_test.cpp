#include "catch.hpp"

#include <limits>
#include <station/wire/reply.hpp>
#include <string>

namespace station::wire {
namespace {

std::string invalid_event(std::string detail) {
    return error({RequestError::Reason::invalid_event, std::move(detail)}).text;
}

TEST_CASE("reply: every reply, byte for byte") {
    CHECK(accepted().text == R"({"status":"accepted"})");
    CHECK(ok().text == R"({"status":"ok"})");
    CHECK(ok(110).text == R"({"status":"ok","balance":110})");
    CHECK(ok(0).text == R"({"status":"ok","balance":0})");
    CHECK(ok(-5).text == R"({"status":"ok","balance":-5})");
    CHECK(ok(std::numeric_limits<std::int64_t>::max()).text == R"({"status":"ok","balance":9223372036854775807})");
    CHECK(ok(std::numeric_limits<std::int64_t>::min()).text == R"({"status":"ok","balance":-9223372036854775808})");
    CHECK(rejected_server_busy().text == R"({"status":"rejected","reason":"server_busy"})");
    CHECK(rejected_shutting_down().text == R"({"status":"rejected","reason":"shutting_down"})");
    CHECK(error_line_too_long().text == R"({"status":"error","reason":"line_too_long"})");
    CHECK(error_balance_overflow().text == R"({"status":"error","reason":"balance_overflow"})");
    CHECK(error({RequestError::Reason::invalid_json, {}}).text == R"({"status":"error","reason":"invalid_json"})");
    CHECK(invalid_event("x") == R"({"status":"error","reason":"invalid_event","detail":"x"})");
}

TEST_CASE("reply: a detail is escaped, so that the reply stays one line of JSON") {
    CHECK(invalid_event("a\"b\\c\nd\r\x01é") ==
          "{\"status\":\"error\",\"reason\":\"invalid_event\",\"detail\":\"a\\\"b\\\\c\\nd\\r\\u0001é\"}");
}

TEST_CASE("reply: only two replies end the connection") {
    CHECK(rejected_shutting_down().last);
    CHECK(error_line_too_long().last);
    CHECK_FALSE(accepted().last);
    CHECK_FALSE(ok().last);
    CHECK_FALSE(ok(1).last);
    CHECK_FALSE(rejected_server_busy().last);
    CHECK_FALSE(error_balance_overflow().last);
    CHECK_FALSE(error({}).last);
}

}  // namespace
}  // namespace station::wire
