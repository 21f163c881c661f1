#include <station/log/topic_pattern.hpp>

#include <string>

#include "catch.hpp"
#include "random.hpp"

namespace station::log {
namespace {

// What a pattern means, one character after the other.
bool fits(std::string_view pattern, std::string_view name) {
    if (pattern.empty()) return name.empty();
    if (pattern.front() == '*')
        return fits(pattern.substr(1), name) || (!name.empty() && fits(pattern, name.substr(1)));
    return !name.empty() && pattern.front() == name.front() && fits(pattern.substr(1), name.substr(1));
}

TEST_CASE("topic_pattern: a star is any run of characters, and nothing else is special") {
    for (const char* name : {"sensor.1", "sensor.", "sensor.a.b", "sensor.*"}) CHECK(matches("sensor.*", name));
    for (const char* name : {"sensor", "sensors.1", "a.sensor.1", "Sensor.1", ""})
        CHECK_FALSE(matches("sensor.*", name));
    CHECK(matches("*", ""));
    CHECK(matches("*", "anything"));
    CHECK(matches("**", "a"));
    CHECK(matches("*.temp", "room.temp"));
    CHECK_FALSE(matches("*.temp", "room.temperature"));
    CHECK(matches("a*b*c", "abc"));
    CHECK(matches("a*b*c", "a-c-b-c"));
    CHECK_FALSE(matches("a*b*c", "a-c-b"));
    CHECK(matches("a.b", "a.b"));
    CHECK_FALSE(matches("a.b", "axb"));
    CHECK_FALSE(matches("ab*ba", "aba"));
    CHECK_FALSE(matches("a*", ""));
}

TEST_CASE("topic_pattern: a pattern is a topic's name with stars in it") {
    for (const std::string& good :
         {std::string{"*"}, std::string{"a"}, std::string{"sensor.*"}, std::string(128, '*')}) {
        CHECK(is_topic_pattern(good));
    }
    for (const std::string& wrong : {std::string{}, std::string{".*"}, std::string{"a?"}, std::string{"a/*"},
                                     std::string{"a b*"}, std::string(129, '*')}) {
        CHECK_FALSE(is_topic_pattern(wrong));
    }
    CHECK(has_wildcard("a*"));
    CHECK_FALSE(has_wildcard("a"));
}

TEST_CASE("topic_pattern: of random ones it thinks what their meaning says") {
    test::Random random;
    INFO(random.how_to_repeat());
    int fitting = 0;
    for (int i = 0; i < 20000; ++i) {
        const auto draw = [&](std::string_view letters, std::size_t most) {
            std::string text;
            for (auto length = random.index(most + 1); length > 0; --length)
                text += letters[random.index(letters.size())];
            return text;
        };
        const std::string pattern = draw("ab**", 6);
        const std::string name = draw("ab", 8);
        INFO(pattern << " " << name);
        REQUIRE(matches(pattern, name) == fits(pattern, name));
        fitting += fits(pattern, name) ? 1 : 0;
    }
    CHECK(fitting > 1000);
}

}  // namespace
}  // namespace station::log
