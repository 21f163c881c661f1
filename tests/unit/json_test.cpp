#include "catch.hpp"
#include "random.hpp"

#include <optional>
#include <station/wire/json.hpp>
#include <string>
#include <string_view>

namespace station::wire {
namespace {

constexpr int kDepth = 64;

std::string show(const std::optional<FieldValue>& field) {
    if (!field) return "-";
    if (const auto* const text = std::get_if<std::string>(&*field)) return "'" + *text + "'";
    if (const auto* const number = std::get_if<std::int64_t>(&*field)) return std::to_string(*number);
    return "other";
}

// "type user action amount", "no object", or "no json".
std::string describe(const std::optional<Fields>& fields) {
    if (!fields) return "no json";
    if (!fields->is_object) return "no object";
    return show(fields->type) + " " + show(fields->user) + " " + show(fields->action) + " " + show(fields->amount);
}

std::string scan(std::string_view text) { return describe(scan_fields(text, kDepth)); }

std::string amount(const std::string& value) {
    const std::string all = scan("{\"amount\":" + value + "}");
    constexpr std::string_view kOthers = "- - - ";
    return all.starts_with(kOthers) ? all.substr(kOthers.size()) : all;
}

std::string nested(int depth, char open, char close) {
    return std::string(static_cast<std::size_t>(depth), open) + std::string(static_cast<std::size_t>(depth), close);
}

TEST_CASE("json: the four fields are found at the top level, in any order") {
    CHECK(scan(R"({"user":"alice","action":"buy","amount":100})") == "- 'alice' 'buy' 100");
    CHECK(scan(R"( { "amount" : 7 , "type" : "x" , "user" : "bob" } )") == "'x' 'bob' - 7");
    CHECK(scan("\t{\"user\"\r:\t\"a\"}\r") == "- 'a' - -");
    CHECK(scan("{}") == "- - - -");
}

TEST_CASE("json: further keys are ignored, whatever they hold") {
    CHECK(scan(R"({"x":null,"user":"a","y":[1,{"user":"b"}],"z":{"user":"c","amount":5},"amount":2})") == "- 'a' - 2");
    CHECK(scan(R"({"User":"a","user ":"b","":"c"})") == "- - - -");
}

TEST_CASE("json: of a doubled key the last one counts, even where it is of another kind") {
    CHECK(scan(R"({"user":"a","user":"b"})") == "- 'b' - -");
    CHECK(scan(R"({"amount":1,"amount":"x"})") == "- - - 'x'");
    CHECK(scan(R"({"amount":1,"amount":{"amount":3}})") == "- - - other");
    CHECK(scan(R"({"amount":[2],"amount":3})") == "- - - 3");
    CHECK(scan(R"({"type":"x","type":null})") == "other - - -");
    CHECK(scan(R"({"us\u0065r":"a","user":"b"})") == "- 'b' - -");
}

TEST_CASE("json: what is neither string nor integer only has a presence") {
    for (const char* const value :
         {"null", "true", "false", "[]", "{}", "1.0", "1e2", "1E2", "-0.5", "[1,2]", "1.5e-3"}) {
        INFO(value);
        CHECK(amount(value) == "other");
    }
}

TEST_CASE("json: integers keep their value within 64 bits, and are no integers beyond") {
    CHECK(amount("0") == "0");
    CHECK(amount("-0") == "0");
    CHECK(amount("-1") == "-1");
    CHECK(amount("9223372036854775807") == "9223372036854775807");
    CHECK(amount("-9223372036854775808") == "-9223372036854775808");
    CHECK(amount("9223372036854775808") == "other");
    CHECK(amount("18446744073709551615") == "other");
    CHECK(amount("18446744073709551616") == "other");
    CHECK(amount("-9223372036854775809") == "other");
}

TEST_CASE("json: a number that fits no double is JSON all the same") {
    const std::string huge = GENERATE(std::string{"1e999"}, std::string{"-1e999"}, std::string{"1E+999"},
                                      std::string(400, '9'), "-" + std::string(400, '9'), "1" + std::string(310, '0'),
                                      std::string(400, '1') + ".5", "0.1e9999", "1e309");
    CAPTURE(huge);
    CHECK(amount(huge) == "other");
    CHECK(scan("{\"user\":\"a\",\"amount\":100000,\"x\":" + huge + "}") == "- 'a' - 100000");
    CHECK(scan("{\"x\":[" + huge + "],\"amount\":1000000000000}") == "- - - 1000000000000");
    CHECK(scan("{\"amount\":" + huge + ",\"amount\":123456}") == "- - - 123456");
    CHECK(scan("{\"user\":\"" + huge + "\",\"x\":" + huge + "}") == "- '" + huge + "' - -");
    CHECK(scan("{\"user\":\"\\\"" + huge + "\",\"x\":" + huge + "}") == "- '\"" + huge + "' - -");
    CHECK(scan("[" + huge + "]") == "no object");
    CHECK(scan(huge) == "no object");
    CHECK(scan("{\"x\":" + huge) == "no json");
    CHECK(scan("{\"x\":" + huge + "x}") == "no json");
    CHECK(scan("{\"x\":0" + huge + "}") == "no json");
    CHECK(scan("{\"x\":" + huge + ",\"user\":\"\xFF\"}") == "no json");
    CHECK(scan("{\"x\":" + huge + ",\"y\":" + nested(64, '[', ']') + "}") == "no json");
}

TEST_CASE("json: a number too small for a double is a number") {
    CHECK(amount("1e-999") == "other");
    CHECK(amount("0." + std::string(400, '0') + "1") == "other");
}

TEST_CASE("json: other values at the top are JSON, but no object") {
    for (const char* const value : {"null", "true", "1", "-1.5", "\"user\"", "[]", R"([{"user":"a"}])", "[[[]]]"}) {
        INFO(value);
        CHECK(scan(value) == "no object");
    }
}

TEST_CASE("json: what is not exactly one JSON value is refused") {
    for (const char* const text : {"",
                                   " ",
                                   "garbage",
                                   "{",
                                   "}",
                                   "[",
                                   "{]",
                                   "{\"a\"}",
                                   "{\"a\":}",
                                   "{\"a\":1,}",
                                   "{,}",
                                   "{a:1}",
                                   "{'a':1}",
                                   "[1,]",
                                   "{} {}",
                                   "{}x",
                                   "1 2",
                                   "nul",
                                   "True",
                                   "NaN",
                                   "Infinity",
                                   "-Infinity",
                                   "+1",
                                   "01",
                                   "-01",
                                   "1.",
                                   ".5",
                                   "1e",
                                   "1e+",
                                   "0x10",
                                   "-",
                                   "--1",
                                   "\"",
                                   "\"a",
                                   "\"\\x\"",
                                   "\"\\u12\"",
                                   "\"\\u12G4\"",
                                   "{} // comment",
                                   "/**/{}",
                                   "{\"a\":1 \"b\":2}",
                                   "{\"a\" 1}",
                                   "{\"a\":1}}",
                                   "[1}",
                                   "\"a\tb\"",
                                   "{\"a\":\"\x01\"}",
                                   "\"\x1F\"",
                                   "\"a\nb\"",
                                   "\v{}",
                                   "\f{}",
                                   "\xC2\xA0{}"}) {
        INFO(text);
        CHECK(scan(text) == "no json");
    }
}

TEST_CASE("json: text that is cut anywhere is refused") {
    const std::string_view whole = R"({"user":"a\u00e9","action":["x",{"y":-1.5e+3}],"amount":true})";
    REQUIRE(scan(whole) == "- 'aé' other other");
    for (std::size_t length = 0; length < whole.size(); ++length) {
        INFO(whole.substr(0, length));
        CHECK(scan(whole.substr(0, length)) == "no json");
    }
}

TEST_CASE("json: NUL bytes and a byte order mark are no JSON") {
    CHECK(scan(std::string_view{"{}\0", 3}) == "no json");
    CHECK(scan(std::string_view{"\0{}", 3}) == "no json");
    CHECK(scan(std::string_view{"{\"user\":\"a\0b\"}", 14}) == "no json");
    CHECK(scan(std::string_view{"{\"user\":\"a\"}\0garbage", 20}) == "no json");
    CHECK(scan("\xEF\xBB\xBF{}") == "no json");
    CHECK(scan("{}\xEF\xBB\xBF") == "no json");
    CHECK(scan("{\"user\":\"\xEF\xBB\xBF\"}") == "- '\xEF\xBB\xBF' - -");
    CHECK(scan(R"({"user":"\u0000"})") == "- '" + std::string(1, '\0') + "' - -");
}

TEST_CASE("json: only valid UTF-8 is JSON") {
    for (const char* const valid : {"\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                                    "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "é", "日本", "🚂"}) {
        INFO(valid);
        CHECK(scan("{\"user\":\"" + std::string{valid} + "\"}") == "- '" + std::string{valid} + "' - -");
        CHECK(scan("{\"" + std::string{valid} + "\":1}") == "- - - -");
    }
    for (const char* const invalid : {"\x80",
                                      "\xBF",
                                      "\xC0\x80",
                                      "\xC1\xBF",
                                      "\xC2",
                                      "\xC2x",
                                      "\xE0\x80\x80",
                                      "\xE0\x9F\xBF",
                                      "\xE2\x82",
                                      "\xED\xA0\x80",
                                      "\xED\xBF\xBF",
                                      "\xF0\x80\x80\x80",
                                      "\xF0\x8F\xBF\xBF",
                                      "\xF0\x9F\x9A",
                                      "\xF4\x90\x80\x80",
                                      "\xF5\x80\x80\x80",
                                      "\xF8\x88\x80\x80\x80",
                                      "\xFE",
                                      "\xFF",
                                      "a\xFF"
                                      "b"}) {
        INFO(invalid);
        CHECK(scan("{\"user\":\"" + std::string{invalid} + "\"}") == "no json");
        CHECK(scan("{\"" + std::string{invalid} + "\":1}") == "no json");
        CHECK(scan(std::string{invalid} + "{}") == "no json");
    }
}

TEST_CASE("json: escapes are read, surrogates only in pairs") {
    CHECK(scan(R"({"user":"\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude82"})") == "- '\"\\/\b\f\n\r\tAé🚂' - -");
    CHECK(scan(R"({"user":"\ud83d"})") == "no json");
    CHECK(scan(R"({"user":"\ude82\ud83d"})") == "no json");
}

TEST_CASE("json: 64 levels are taken, 65 are not") {
    CHECK(scan(nested(64, '[', ']')) == "no object");
    CHECK(scan(nested(65, '[', ']')) == "no json");
    CHECK(scan("{\"x\":" + nested(63, '[', ']') + ",\"amount\":1}") == "- - - 1");
    CHECK(scan("{\"x\":" + nested(64, '[', ']') + ",\"amount\":1}") == "no json");
    std::string objects = "1";
    for (int depth = 0; depth < 64; ++depth) objects = "{\"a\":" + objects + "}";
    CHECK(scan(objects) == "- - - -");
    CHECK(scan("{\"a\":" + objects + "}") == "no json");
    CHECK(scan("[" + objects + "]") == "no json");
    CHECK(scan(nested(60000, '[', ']')) == "no json");
    // Wide is not deep.
    std::string wide = "[[]";
    for (int i = 0; i < 1000; ++i) wide += ",[],{}";
    CHECK(scan("{\"x\":" + wide + "],\"amount\":1}") == "- - - 1");
}

TEST_CASE(
    "json: random damage never does more than fail, space around a value never matters, and what is read by itself "
    "reads the same") {
    using namespace std::literals;
    test::Random random;
    INFO(random.how_to_repeat());
    const std::string_view alphabet = "{}[]\",:\\u0123456789.eE+-truefalsenull \xC3\xA9\xFF\0\x1F user action amount"sv;
    const std::string_view seeds[] = {"", R"({"user":"a","amount":1e999,"x":[1,2]})",
                                      R"({"user":"alice","action":"buy","amount":100})",
                                      R"({ "type" : "balance", "amount":-12345678901234567 , "user":"b" })"};
    int sound = 0;
    for (int round = 0; round < 40000 / test::kSlowness; ++round) {
        std::string text{seeds[random.index(std::size(seeds))]};
        for (std::size_t edits = random.between(1, random.chance(0.5) ? 3 : 12); edits > 0; --edits) {
            const char byte = alphabet[random.index(alphabet.size())];
            const std::size_t at = random.between(0, text.size());
            if (at < text.size() && random.chance(0.5)) {
                text[at] = byte;
            } else {
                text.insert(at, 1, byte);
            }
        }
        CAPTURE(round, text);
        const std::string found = scan(text);
        REQUIRE(scan(" " + text + " ") == found);
        REQUIRE(describe(scan_fields_by_library(text, kDepth)) == found);
        sound += found == "no json" ? 0 : 1;
    }
    CHECK(sound > 0);
}

TEST_CASE("json: escaped text can be read back") {
    CHECK(escape_json("plain é 🚂") == "plain é 🚂");
    CHECK(escape_json("a\"b\\c\n\t\x01") == R"(a\"b\\c\n\t\u0001)");
    CHECK(escape_json("") == "");
    CHECK(escape_json(std::string_view{"\0", 1}) == R"(\u0000)");
    CHECK(escape_json("\xFF") == "\xEF\xBF\xBD");
}

}  // namespace
}  // namespace station::wire
