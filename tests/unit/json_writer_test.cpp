#include <station/wire/json_writer.hpp>

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "catch.hpp"
#include "random.hpp"

namespace station::wire {
namespace {

std::string escaped(std::string_view text) {
    std::string out;
    append_escaped(out, text);
    return out;
}

TEST_CASE("json_writer: members in the order they are given, commas where they are due") {
    std::string out = "before ";
    JsonWriter json{out};
    json.begin_object().member("a", "x").member("b", 7).key("c").begin_array().value(1).value("2").begin_object();
    json.end_object().begin_array().end_array().raw("{\"raw\":[1,2]}").end_array();
    json.member("d", true).member("e", false).raw_member("f", "null").key("g").begin_object().end_object().end_object();
    CHECK(out == R"(before {"a":"x","b":7,"c":[1,"2",{},[],{"raw":[1,2]}],"d":true,"e":false,"f":null,"g":{}})");
}

TEST_CASE("json_writer: numbers to their ends") {
    std::string out;
    JsonWriter json{out};
    json.begin_array().value(std::numeric_limits<std::uint64_t>::max()).value(std::numeric_limits<std::int64_t>::min());
    json.value(std::uint32_t{5}).value(0.5).value(1e300).value(0.0).end_array();
    CHECK(out == "[18446744073709551615,-9223372036854775808,5,0.5,1e+300,0]");
}

TEST_CASE("json_writer: what JSON needs escaped is escaped, in keys too") {
    std::string out;
    JsonWriter(out).begin_object().member("a\"\n", std::string{"\\\"\b\f\n\r\t\x01\x1f\x7f/\0.", 13}).end_object();
    CHECK(out == "{\"a\\\"\\n\":\"\\\\\\\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f/\\u0000.\"}");
}

TEST_CASE("json_writer: what is not UTF-8 is replaced, and nothing beside it") {
    CHECK(escaped("plain é 🚂") == "plain é 🚂");
    CHECK(escaped("\xFF") == "\xEF\xBF\xBD");
    CHECK(escaped("é\xC3") == "é\xEF\xBF\xBD");
    CHECK(escaped("\xC3é\"") == "\xEF\xBF\xBDé\\\"");
    CHECK(escaped("\x80z\xED\xA0\x80") == "\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("json_writer: whatever bytes it is given, the result is JSON, and of UTF-8 it is what nlohmann writes") {
    using nlohmann::json;
    test::Random random;
    INFO(random.how_to_repeat());
    for (int i = 0; i < 3000; ++i) {
        std::string text;
        for (std::uint64_t size = random.index(40); size > 0; --size) {
            text += static_cast<char>(random.index(random.index(3) == 0 ? 256 : 128));
        }
        std::string out;
        JsonWriter(out).value(text);
        INFO(out);
        REQUIRE(json::accept(out));
        const json parsed = json::parse(out);
        if (parsed != text) {
            REQUIRE_THROWS(json(text).dump());
        } else {
            REQUIRE(out == json(text).dump());
        }
    }
}

}  // namespace
}  // namespace station::wire
