#include <station/ledger/wire/json.hpp>

#include <bit>
#include <catch.hpp>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <station/ledger/wire/message_pack.hpp>

#include "bytes.hpp"
#include "random.hpp"

using namespace station::ledger;
using namespace station::ledger::test;

namespace {

std::string pack_hex(std::string_view json) {
    const auto pack = json_to_pack(json);
    return pack ? to_hex(*pack) : pack.error().where;
}

std::string json_of(const std::string& hex) { return pack_to_json(from_hex_text(hex)).value_or("none"); }

std::string there_and_back(std::string_view json) {
    const auto pack = json_to_pack(json);
    return pack ? pack_to_json(*pack).value_or("none") : pack.error().message();
}

std::string nested_json(std::size_t levels, std::string_view open, std::string_view close, std::string_view innermost) {
    std::string text;
    for (std::size_t i = 0; i < levels; ++i) text += open;
    text += innermost;
    for (std::size_t i = 0; i < levels; ++i) text += close;
    return text;
}

// JSON with every kind of value, compact.
std::string random_text(std::mt19937_64& random, int depth) {
    switch (random() % (depth > 0 ? 8 : 6)) {
        case 0: return random() % 3 == 0 ? "null" : random() % 2 == 0 ? "true" : "false";
        case 1: return std::to_string(random() >> random() % 64);
        case 2: return std::to_string(-static_cast<std::int64_t>(random() >> (1 + random() % 63)) - 1);
        case 3: {
            const double value = std::bit_cast<double>(random());
            return nlohmann::json(std::isfinite(value) ? value : 0.1).dump();
        }
        case 4: return "\"" + std::string(random() % 40, 'x') + "\"";
        case 5:
            return R"("\"\\\n\u0001\u007f)"
                   "\xc3\xa9\xf0\x9f\x8f\xa6\"";
        case 6: {
            std::string array = "[";
            for (auto left = random() % 20; left > 0; --left) array += random_text(random, depth - 1) + ",";
            if (array.size() > 1) array.pop_back();
            return array + "]";
        }
        default: {
            std::string object = "{";
            for (auto left = random() % 20; left > 0; --left) {
                object += "\"" + std::to_string(left * 7919 % 20) + "\":" + random_text(random, depth - 1) + ",";
            }
            if (object.size() > 1) object.pop_back();
            return object + "}";
        }
    }
}

}  // namespace

TEST_CASE("json: numbers become the shortest int, or a float of 64 bits") {
    CHECK(pack_hex("0") == "00");
    CHECK(pack_hex("-0") == "00");
    CHECK(pack_hex("127") == "7f");
    CHECK(pack_hex("128") == "cc80");
    CHECK(pack_hex("-32") == "e0");
    CHECK(pack_hex("-33") == "d0df");
    CHECK(pack_hex("18446744073709551615") == "cfffffffffffffffff");
    CHECK(pack_hex("18446744073709551616") == "cb43f0000000000000");
    CHECK(pack_hex("-9223372036854775808") == "d38000000000000000");
    CHECK(pack_hex("-9223372036854775809") == "cbc3e0000000000000");
    CHECK(pack_hex("1.0") == "cb3ff0000000000000");
    CHECK(pack_hex("1e2") == "cb4059000000000000");
    CHECK(pack_hex("-0.0") == "cb8000000000000000");
    CHECK(pack_hex("5e-324") == "cb0000000000000001");
}

TEST_CASE("json: all else becomes what it is, and keys keep their order") {
    CHECK(pack_hex("null") == "c0");
    CHECK(pack_hex(" [true,\tfalse]\n") == "92c3c2");
    CHECK(pack_hex(R"("a\u00e9\ud83c\udfe6\n")") ==
          "a8"
          "61c3a9f09f8fa60a");
    CHECK(pack_hex(R"({"b":1,"a":{},"":[]})") ==
          "83"
          "a16201"
          "a16180"
          "a090");
    std::string many = "[";
    for (int i = 0; i < 16; ++i) many += i == 0 ? "[1,[2]]" : ",0";
    CHECK(pack_hex(many + "]") ==
          "dc0010"
          "92019102" +
              std::string(30, '0'));
}

TEST_CASE("json: of a doubled key the last value counts, at the first one's place") {
    CHECK(there_and_back(R"({"a":1,"b":2,"a":3})") == R"({"a":3,"b":2})");
    CHECK(there_and_back(R"({"a":1,"a":[1,{"x":1,"x":2}],"a":{"a":1,"b":1,"a":2},"c":0})") ==
          R"({"a":{"a":2,"b":1},"c":0})");
    CHECK(there_and_back(R"({"b":1,"a":1,"b":2,"a":2,"c":3,"b":3})") == R"({"b":3,"a":2,"c":3})");
    CHECK(there_and_back(R"({"a":1,"\u0061":2})") == R"({"a":2})");
    CHECK(there_and_back(R"([{"a":1,"a":2},{"a":3}])") == R"([{"a":2},{"a":3}])");
    // Sixteen members are fifteen where one is doubled.
    std::string sixteen = R"({"x":0)";
    for (int i = 0; i < 14; ++i) sixteen += ",\"" + std::to_string(i) + "\":1";
    CHECK(pack_hex(sixteen + R"(,"x":9})").substr(0, 8) == "8fa17809");
}

TEST_CASE("json: very many keys, all the same or none, are taken") {
    std::string same = "{";
    std::string different = "{";
    for (int i = 0; i < 200'000 / ::station::test::kSlowness; ++i) {
        same += "\"k\":1,";
        different += "\"" + std::to_string(i) + "\":1,";
    }
    CHECK(there_and_back(same + "\"k\":2}") == "{\"k\":2}");
    different += "\"last\":1}";
    CHECK(there_and_back(different) == different);
}

TEST_CASE("json: what is no JSON is refused, with its place") {
    CHECK(pack_hex("x") == "no JSON at byte 1");
    CHECK(pack_hex("[1,]") == "no JSON at byte 4");
    CHECK(pack_hex("{\"a\":1} 2") == "no JSON at byte 9");
    CHECK(pack_hex(std::string_view{"1\0", 2}) == "no JSON at byte 2");
    CHECK(pack_hex("\xEF\xBB\xBF"
                   "1") == "no JSON at byte 1, a byte order mark");
    CHECK(pack_hex("[1e999]") == "a number that no float of 64 bits holds, before byte 7");
    for (const char* const text :
         {"",         " ",   "[",        "{\"a\"}",  "{\"a\":1,}",  "{1:2}",  "01",  "1.",    ".5",  "+1", "NaN",
          "Infinity", "'a'", "\"\xff\"", "\"\xc3\"", "\"\\ud800\"", "\"\n\"", "1 1", "/**/1", "tru", "-"}) {
        CAPTURE(text);
        const auto pack = json_to_pack(text);
        CHECK((!pack && pack.error().code == Errc::bad_payload));
    }
}

TEST_CASE("json: 64 levels are taken, 65 are not, and a million do no harm") {
    CHECK(there_and_back(nested_json(64, "[", "]", "1")) == nested_json(64, "[", "]", "1"));
    CHECK(pack_hex(nested_json(64, "{\"a\":", "}", "[]")) == "deeper than 64 levels at byte 321");
    CHECK(there_and_back(nested_json(63, "{\"a\":", "}", "[]")) == nested_json(63, "{\"a\":", "}", "[]"));
    CHECK(pack_hex(nested_json(65, "[", "]", "")) == "deeper than 64 levels at byte 65");
    CHECK(pack_hex(R"(["[\"[",)" + nested_json(64, "[", "]", "")) == "deeper than 64 levels at byte 72");
    CHECK(pack_hex(std::string(1'000'000, '[')) == "deeper than 64 levels at byte 65");
    CHECK(pack_hex(nested_json(65, "{\"a\":", "}", "1")) == "deeper than 64 levels at byte 321");
}

TEST_CASE("json: there and back is the same JSON") {
    for (const std::string_view text : {"1.0", "-1.0", "0.1", "1e+20", "1e-07", "5e-324", "1.7976931348623157e+308",
                                        "-0.0", "100.5", "18446744073709551615", "-9223372036854775808",
                                        "\"\\u0000\\\"\\\\/\"", R"({"z":1,"a":[1.5,null,"x"]})", "[]", "{}"}) {
        CHECK(there_and_back(text) == text);
    }
    CHECK(there_and_back("18446744073709551616") == "18446744073709551616.0");
    std::mt19937_64 random{seed()};
    CAPTURE(seed());
    for (int round = 0; round < 500; ++round) {
        const std::string text = random_text(random, 4);
        CAPTURE(round, text);
        const auto pack = json_to_pack(text);
        REQUIRE(pack);
        const auto value = nlohmann::ordered_json::parse(text);
        REQUIRE(*pack == [&] {
            Buffer theirs;
            for (const std::uint8_t byte : nlohmann::ordered_json::to_msgpack(value)) theirs.push_back(std::byte{byte});
            return theirs;
        }());
        REQUIRE_FALSE(check_payload(*pack));
        const auto again = pack_to_json(*pack);
        REQUIRE(again);
        REQUIRE(nlohmann::ordered_json::parse(*again) == value);
        REQUIRE(json_to_pack(*again).value() == *pack);
    }
}

TEST_CASE("json: MessagePack of any form is read") {
    CHECK(json_of("cf0000000000000001") == "1");
    CHECK(json_of("d30000000000000001") == "1");
    CHECK(json_of("d0ff") == "-1");
    CHECK(json_of("ca3fc00000") == "1.5");
    CHECK(json_of("ca3dcccccd") == "0.10000000149011612");
    CHECK(json_of("db0000000161") == "\"a\"");
    CHECK(json_of("dd00000001df00000001a16190") == R"([{"a":[]}])");
    CHECK(json_of("a3 01 22 7f") == "\"\\u0001\\\"\x7f\"");
}

TEST_CASE("json: what JSON can't hold gives none") {
    for (const char* const hex : {"c40100",
                                  "d40200",
                                  "a1ff",
                                  "81a1ff00",
                                  "810100",
                                  "81c0c0",
                                  "82a16101a16102",
                                  "82d90161c0a161c0",
                                  "ca7f800000",
                                  "cb7ff0000000000000",
                                  "cbfff0000000000000",
                                  "cb7ff8000000000000",
                                  "91c400",
                                  "81a161c400",
                                  "",
                                  "c1",
                                  "91",
                                  "c0c0",
                                  "a161 00",
                                  "ddffffffff"}) {
        CAPTURE(hex);
        CHECK(json_of(hex) == "none");
    }
    std::string nested;
    for (int level = 0; level < 65; ++level) nested += "91";
    CHECK(json_of(nested + "c0") == "none");
}

TEST_CASE("json: random bytes are refused or read, and what is read is written again") {
    std::mt19937_64 random{seed()};
    CAPTURE(seed());
    constexpr std::string_view kLetters = "[]{}\":,0123456789.eE-+ ntrufalse\\u\xc3\xa9";
    int valid = 0;
    for (int round = 0; round < 30000; ++round) {
        const auto json = pack_to_json(random_bytes(random, 16));
        if (json) REQUIRE(nlohmann::json::accept(*json));
        std::string text(random() % 8, ' ');
        for (char& c : text) c = kLetters[random() % kLetters.size()];
        CAPTURE(text);
        const auto pack = json_to_pack(text);
        REQUIRE((pack.has_value() == nlohmann::json::accept(text) || text.find_first_of("eE") != std::string::npos));
        if (!pack) continue;
        ++valid;
        REQUIRE(value_size(*pack) == pack->size());
        REQUIRE(pack_to_json(*pack));
    }
    CHECK(valid > 100);
}
