#include <station/wire/members.hpp>

#include "catch.hpp"

using station::wire::members_of;
using station::wire::unquote;

TEST_CASE("members: values stay as they were written") {
    const auto members = members_of(R"( { "a" : 1.50e+2 , "b":{"x":[1,"]}"]}, "a\n":"q\"}", "c" : [ ] , "d":null } )");
    REQUIRE(members.has_value());
    REQUIRE(members->size() == 5);
    CHECK((*members)[0].key == "a");
    CHECK((*members)[0].raw == "1.50e+2");
    CHECK((*members)[1].raw == R"({"x":[1,"]}"]})");
    CHECK((*members)[2].key == "a\n");
    CHECK((*members)[2].raw == R"("q\"}")");
    CHECK((*members)[3].raw == "[ ]");
    CHECK((*members)[4].raw == "null");
}

TEST_CASE("members: an empty object has no members, and what is no object has none to ask for") {
    CHECK(members_of(" {} ")->empty());
    CHECK_FALSE(members_of("[]").has_value());
    CHECK_FALSE(members_of("\"{}\"").has_value());
    CHECK_FALSE(members_of("").has_value());
}

TEST_CASE("members: doubled keys are all there, in order") {
    const auto members = members_of(R"({"a":1,"a":2})");
    REQUIRE(members->size() == 2);
    CHECK((*members)[1].raw == "2");
}

TEST_CASE("members: a string is unquoted and unescaped") {
    CHECK(unquote(R"("")") == "");
    CHECK(unquote(R"("plain")") == "plain");
    CHECK(unquote(R"("\u00e9\n\"")") == "\xC3\xA9\n\"");
    CHECK_FALSE(unquote("12").has_value());
    CHECK_FALSE(unquote("\"").has_value());
}
