#include <station/wire/json_reader.hpp>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "random.hpp"

namespace station::wire {
namespace {

using Members = std::vector<std::pair<std::string, std::string>>;

Members members(std::string_view text) {
    Members all;
    const auto kind =
        read_members(text, [&](std::string_view key, std::string_view raw) { all.emplace_back(key, raw); });
    REQUIRE(kind == JsonText::object);
    return all;
}

JsonText kind(std::string_view text) {
    return read_members(text, [](std::string_view, std::string_view) {});
}

TEST_CASE("json_reader: values stay as they were written, and doubled keys come twice") {
    CHECK(members(R"( { "a" : 1.50e+2 , "b":{"x":[1,"]}"]}, "a\n\u00e9":"q\"}", "c" : [ ] ,"a":null } )") ==
          Members{{"a", "1.50e+2"}, {"b", R"({"x":[1,"]}"]})"}, {"a\né", R"("q\"}")"}, {"c", "[ ]"}, {"a", "null"}});
    CHECK(members(" {} ").empty());
}

TEST_CASE("json_reader: other values than objects have no members") {
    for (const char* const text :
         {"[]", "[{\"a\":1}]", "\"{}\"", "1", "-0.5e-3", "true", "false", "null", " 7 ", "\"\""}) {
        INFO(text);
        CHECK(kind(text) == JsonText::other);
    }
}

TEST_CASE("json_reader: what is nearly JSON is none") {
    for (const char* const text : {"",
                                   " ",
                                   "{",
                                   "}",
                                   "{}}",
                                   "{} {}",
                                   "{,}",
                                   "{\"a\"}",
                                   "{\"a\":}",
                                   "{\"a\":1,}",
                                   "{a:1}",
                                   "{'a':1}",
                                   "[1,]",
                                   "[1 2]",
                                   "{\"a\" 1}",
                                   "01",
                                   "-",
                                   "+1",
                                   "1.",
                                   ".5",
                                   "1e",
                                   "1e+",
                                   "0x1",
                                   "NaN",
                                   "tru",
                                   "nulls",
                                   "\"",
                                   "\"\\",
                                   "\"\\x\"",
                                   "\"\\u12\"",
                                   "\"\\u12g4\"",
                                   "\"a\nb\"",
                                   "\"\x01\"",
                                   "\"\\ud800\"",
                                   "\"\\udc00\"",
                                   "\"\\udc00\\ud800\"",
                                   "\"\\ud800\\u0041\"",
                                   "\"\xFF\"",
                                   "\"\xC3\"",
                                   "\"\xED\xA0\x80\"",
                                   "\xEF\xBB\xBF{}",
                                   "{\"\xFF\":1}",
                                   "[1]\x0B"}) {
        INFO(text);
        CHECK(kind(text) == JsonText::invalid);
    }
    CHECK(kind(std::string_view{"{}\0", 3}) == JsonText::invalid);
    CHECK(kind(std::string_view{"\"a\0\"", 4}) == JsonText::invalid);
}

TEST_CASE("json_reader: 64 levels are taken, 65 are not") {
    const auto nested = [](int depth) {
        std::string text = "1";
        for (int i = 0; i < depth; ++i) text = i % 2 == 0 ? "[" + text + "]" : "{\"a\":" + text + "}";
        return text;
    };
    CHECK(kind(nested(64)) == JsonText::object);
    CHECK(kind(nested(63)) == JsonText::other);
    CHECK(kind(nested(65)) == JsonText::invalid);
    CHECK(kind(nested(66)) == JsonText::invalid);
    CHECK(kind(std::string(1'000'000, '[')) == JsonText::invalid);
}

TEST_CASE("json_reader: a string is unescaped, and what is none is no string") {
    CHECK(read_string(R"("")") == "");
    CHECK(read_string(R"("plain é")") == "plain é");
    CHECK(read_string(R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\ude82")") == "\"\\/\b\f\n\r\tAé€🚂");
    CHECK(read_string(R"("a\u0000b")") == std::string("a\0b", 3));
    CHECK_FALSE(read_string("12"));
    CHECK_FALSE(read_string("null"));
    CHECK(read_bool("true") == true);
    CHECK(read_bool("false") == false);
    CHECK_FALSE(read_bool("1"));
    CHECK_FALSE(read_bool("\"true\""));
}

TEST_CASE("json_reader: an array's elements stay as they were written, and nothing else is an array") {
    std::vector<std::string> all;
    const auto elements = [&](std::string_view text) {
        all.clear();
        return read_elements(text, [&](std::string_view raw) { all.emplace_back(raw); });
    };
    CHECK(elements(R"( [ "a" , 1.50,[ "]" ],{"b":[]} ] )"));
    CHECK(all == std::vector<std::string>{R"("a")", "1.50", R"([ "]" ])", R"({"b":[]})"});
    CHECK(elements("[]"));
    CHECK(all.empty());
    for (const char* wrong : {"", "[", "[1,]", "[1] 2", "{}", "\"a\"", "[1 2]"}) CHECK_FALSE(elements(wrong));
}

TEST_CASE("json_reader: of random damage it thinks what nlohmann thinks") {
    using nlohmann::json;
    const std::string whole =
        R"({"type":"sub","ref":[1,2.5e3,-0,true,null,{"x":"\ud83d\ude82\n"}],"é":"ü\u0000","z":{},"w":[] , "n":0.1})";
    test::Random random;
    INFO(random.how_to_repeat());
    int valid = 0;
    for (int i = 0; i < 20000; ++i) {
        std::string text = whole;
        for (std::uint64_t times = 1 + random.index(2); times > 0; --times) {
            const std::size_t at = random.index(text.size());
            switch (random.index(3)) {
                case 0: text[at] = static_cast<char>(1 + random.index(255)); break;
                case 1: text.erase(at, 1 + random.index(4)); break;
                default: text.insert(at, 1, whole[random.index(whole.size())]); break;
            }
        }
        if (text.starts_with("\xEF\xBB\xBF")) continue;
        INFO(text);
        const auto parsed = json::parse(text, nullptr, false);
        if (kind(text) == JsonText::invalid) {
            REQUIRE(parsed.is_discarded());
            continue;
        }
        ++valid;
        if (parsed.is_discarded()) continue;  // a number that no double holds
        if (!parsed.is_object()) continue;
        json last = json::object();
        for (const auto& [key, raw] : members(text)) last[key] = json::parse(raw);
        REQUIRE(last == parsed);
    }
    CHECK(valid > 1000);
}

}  // namespace
}  // namespace station::wire
