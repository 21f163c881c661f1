#include "catch.hpp"

#include <loadgen/target/excerpt.hpp>

namespace {

using namespace station::target;
using namespace std::string_literals;

TEST_CASE("text stays text, all else can be seen") {
    CHECK(escaped(R"({"user":"é日😀"})") == R"({"user":"é日😀"})");
    CHECK(escaped("a\n\r\t\0b\x7F\x1B"s) == R"(a\n\r\t\0b\x7F\x1B)");
    CHECK(escaped("\xFF\xC0\xAF") == R"(\xFF\xC0\xAF)");
}

TEST_CASE("what looks like UTF-8 and is none is escaped byte by byte") {
    CHECK(escaped("\xC3") == R"(\xC3)");
    CHECK(escaped("\xC3(") == R"(\xC3()");
    CHECK(escaped("\xE0\x80\xAF") == R"(\xE0\x80\xAF)");          // overlong
    CHECK(escaped("\xED\xA0\x80") == R"(\xED\xA0\x80)");          // a surrogate
    CHECK(escaped("\xF4\x90\x80\x80") == R"(\xF4\x90\x80\x80)");  // beyond U+10FFFF
    CHECK(escaped("\xF0\x9F\x98") == R"(\xF0\x9F\x98)");          // cut off
    CHECK(escaped("\xC2\x85") == R"(\xC2\x85)");                  // a control character
    CHECK(escaped("\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF") == "\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF");
}

TEST_CASE("an excerpt shows short things whole, and long things' beginning, end and size") {
    Excerpt excerpt{"short\n"};
    CHECK(excerpt.text() == "short\\n");
    excerpt.add(std::string(65536, 'x'));
    excerpt.add("the end\n");
    const std::string text = excerpt.text();
    CHECK(text.size() < 500);
    CHECK(text.find("short\\nxxx") == 0);
    CHECK(text.find("… (65,550 bytes in all) …") != std::string::npos);
    CHECK(text.substr(text.size() - 10) == "xthe end\\n");
    CHECK(Excerpt{}.empty());
}

}  // namespace
