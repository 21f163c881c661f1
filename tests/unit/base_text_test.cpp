// Text, numbers, base64 and UTF-8.
#include <station/base/base64.hpp>
#include <station/base/numbers.hpp>
#include <station/base/text.hpp>
#include <station/base/utf8.hpp>

#include "catch.hpp"
#include "utf8_samples.hpp"

namespace station::base {
namespace {

// RFC 4648, section 10.
constexpr std::pair<std::string_view, std::string_view> kVectors[] = {{"", ""},
                                                                      {"f", "Zg=="},
                                                                      {"fo", "Zm8="},
                                                                      {"foo", "Zm9v"},
                                                                      {"foob", "Zm9vYg=="},
                                                                      {"fooba", "Zm9vYmE="},
                                                                      {"foobar", "Zm9vYmFy"},
                                                                      {"\xFF\xFB\xFE", "//v+"}};

TEST_CASE("base64: the RFC's vectors, both ways") {
    for (const auto& [bytes, text] : kVectors) {
        CHECK(base64(bytes) == text);
        CHECK(decode_base64(text) == bytes);
    }
}

TEST_CASE("base64: every byte at every place comes back") {
    for (std::size_t place = 0; place < 3; ++place) {
        for (int byte = 0; byte < 256; ++byte) {
            std::string bytes(3, 'x');
            bytes[place] = static_cast<char>(byte);
            for (std::size_t size = place + 1; size <= 3; ++size) {
                if (decode_base64(base64(bytes.substr(0, size))) != bytes.substr(0, size)) {
                    FAIL(byte << " at " << place);
                }
            }
        }
    }
    SUCCEED();
}

TEST_CASE("base64: is read strictly") {
    for (const char* wrong :
         {"Z", "Zg", "Zg=", "Zg=a", "====", "Z===", "Zg==Zg==", "Zm9 ", "Zm9-", "Zm9v\n", "Zm\n9v", "Z\x80Z="}) {
        CAPTURE(wrong);
        CHECK_FALSE(decode_base64(wrong));
    }
    CHECK_FALSE(decode_base64(std::string_view{"Zm9\0", 4}));
}

TEST_CASE("base64url: other digits, and nothing filled up") {
    CHECK(base64url("") == "");
    CHECK(base64url("f") == "Zg");
    CHECK(base64url("fo") == "Zm8");
    CHECK(base64url("\xFF\xFB\xFE") == "__v-");
}

TEST_CASE("utf8: the Unicode standard's table, whole and wherever it is cut") {
    for (const std::string& valid : test::kValidUtf8) {
        CAPTURE(valid);
        CHECK(is_utf8(valid));
        CHECK(is_utf8("12345678" + valid + "abc"));
        for (std::size_t at = 0; at <= valid.size(); ++at) {
            Utf8Check check;
            CHECK(check.feed(valid.substr(0, at)));
            CHECK(check.feed(valid.substr(at)));
            CHECK(check.complete());
        }
    }
    CHECK(is_utf8(""));
}

TEST_CASE("utf8: what is none is found at its first wrong byte") {
    for (const std::string& invalid : test::kInvalidUtf8) {
        CAPTURE(invalid);
        for (const std::string before : {"", "a", "1234567", "12345678"}) {
            CHECK_FALSE(is_utf8(before + invalid));
            CHECK_FALSE(is_utf8(before + invalid + "12345678"));
        }
        CHECK(character_length(invalid) == 0);
    }
    Utf8Check check;
    CHECK(check.feed("\xF4"));
    CHECK_FALSE(check.feed("\x90"));
}

TEST_CASE("utf8: a character without its end is none") {
    for (const char* begun : {"\xC3", "\xE2\x82", "\xF0\x9F\x98"}) {
        CHECK_FALSE(is_utf8(begun));
        CHECK(character_length(begun) == 0);
        Utf8Check check;
        CHECK(check.feed(begun));
        CHECK_FALSE(check.complete());
    }
}

TEST_CASE("utf8: a character's length") {
    CHECK(character_length("") == 0);
    CHECK(character_length("ab") == 1);
    CHECK(character_length("\xC3\xA9z") == 2);
    CHECK(character_length("\xE2\x82\xACz") == 3);
    CHECK(character_length("\xF0\x9F\x98\x80") == 4);
}

TEST_CASE("utf8: text is cut between characters") {
    CHECK(cut_utf8("abc", 2) == "ab");
    CHECK(cut_utf8("a\xC3\xA9z", 2) == "a");
    CHECK(cut_utf8("a\xC3\xA9z", 3) == "a\xC3\xA9");
    CHECK(cut_utf8("\xF0\x9F\x98\x80", 3) == "");
    CHECK(cut_utf8("ab", 5) == "ab");
    CHECK(cut_utf8("ab", 0) == "");
}

TEST_CASE("numbers: the whole text, or nothing") {
    CHECK(parse_number<unsigned>("0") == 0U);
    CHECK(parse_number<std::uint64_t>("18446744073709551615") == UINT64_MAX);
    CHECK(parse_number<int>("-12") == -12);
    CHECK(parse_number<unsigned>("fF", 16) == 255U);
    CHECK(parse_number<double>("0.25") == 0.25);
    CHECK(parse_number<double>("1e3") == 1000.0);
    for (const char* other : {"", " 1", "1 ", "1x", "+1", "0x1", "1,000", "-"}) {
        CAPTURE(other);
        CHECK_FALSE(parse_number<int>(other));
        CHECK_FALSE(parse_number<double>(other));
    }
    CHECK_FALSE(parse_number<unsigned>("-1"));
    CHECK_FALSE(parse_number<std::uint16_t>("65536"));
    CHECK_FALSE(parse_number<std::uint64_t>("18446744073709551616"));
    CHECK_FALSE(parse_number<double>("1e999"));
}

TEST_CASE("numbers: with commas") {
    CHECK(with_commas(0) == "0");
    CHECK(with_commas(999) == "999");
    CHECK(with_commas(1000) == "1,000");
    CHECK(with_commas(1'234'567) == "1,234,567");
    CHECK(with_commas(UINT64_MAX) == "18,446,744,073,709,551,615");
    CHECK(with_commas(std::string{"-999"}) == "-999");
    CHECK(with_commas(std::string{"-1234"}) == "-1,234");
    CHECK(with_commas(std::string{}) == "");
}

TEST_CASE("text: lower case is ASCII's, whatever the locale") {
    CHECK(lower("Sec-WebSocket-KEY [@`{") == "sec-websocket-key [@`{");
    CHECK(lower("\xC3\x84") == "\xC3\x84");
    CHECK(equal_in_either_case("Chunked", "cHUNKED"));
    CHECK_FALSE(equal_in_either_case("chunked", "chunke"));
    CHECK_FALSE(equal_in_either_case("[", "{"));
}

TEST_CASE("text: trimmed") {
    CHECK(trim(" \t a b\t ") == "a b");
    CHECK(trim("a") == "a");
    CHECK(trim(" \t ") == "");
    CHECK(trim("") == "");
    CHECK(trim("\na\r") == "\na\r");
    CHECK(trim("\na\r", "\r\n") == "a");
}

TEST_CASE("text: classes of characters") {
    int digits = 0;
    int letters = 0;
    int both = 0;
    for (int c = -128; c < 128; ++c) {
        digits += is_digit(static_cast<char>(c)) ? 1 : 0;
        letters += is_letter(static_cast<char>(c)) ? 1 : 0;
        both += is_alphanumeric(static_cast<char>(c)) ? 1 : 0;
    }
    CHECK(digits == 10);
    CHECK(letters == 52);
    CHECK(both == 62);
}

TEST_CASE("text: a byte in hex") {
    CHECK(hex_escape('\0') == "\\x00");
    CHECK(hex_escape('\xAF') == "\\xAF");
}

}  // namespace
}  // namespace station::base
