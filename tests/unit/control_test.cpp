#include "server/session/control.hpp"

#include <string>

#include "catch.hpp"
#include "server/origin.hpp"

using namespace station::final_station;
using station::log::StartFrom;

namespace {

std::string reason(std::string_view text) {
    const auto control = parse_control(text);
    return control ? "" : control.error().reason;
}

std::string detail(std::string_view text) {
    const auto control = parse_control(text);
    return control ? "" : control.error().detail;
}

}  // namespace

TEST_CASE("control: what is no JSON, no request and no known type are told apart") {
    CHECK(reason("{") == "invalid_json");
    CHECK(reason("\xFF") == "invalid_json");
    CHECK(reason("[]") == "invalid_request");
    CHECK(reason("{}") == "invalid_request");
    CHECK(reason(R"({"type":5})") == "invalid_request");
    CHECK(reason(R"({"type":"dance"})") == "unknown_type");
    CHECK(detail(R"({"type":"dance"})") == "unknown type dance");
}

TEST_CASE("control: a ref comes back as it was written, in errors too") {
    CHECK(parse_control(R"({"type":"topics","ref":1.50e3})")->ref == "1.50e3");
    CHECK(parse_control(R"({"type":"topics","ref":{"a":[ 1 ]}})")->ref == R"({"a":[ 1 ]})");
    CHECK(parse_control(R"({"type":"x","ref":"r"})").error().ref == "\"r\"");
}

TEST_CASE("control: a topic's name is checked before anything is done") {
    for (const char* name : {"", ".hidden", "a/b", "..", "a b", "\\u00e9"}) {
        CHECK(reason(R"({"type":"open","topic":")" + std::string{name} + "\"}") == "invalid_request");
    }
    CHECK(reason(R"({"type":"open"})") == "invalid_request");
    CHECK(reason(R"({"type":"open","topic":7})") == "invalid_request");
    CHECK(parse_control(R"({"type":"open","topic":"A-z_0.9"})")->topic == "A-z_0.9");
}

TEST_CASE("control: a subscription begins where it says") {
    const auto offset = [](std::string_view from, std::string_view more = "") {
        const auto control =
            parse_control(R"({"type":"subscribe","topic":"t","from":)" + std::string{from} + std::string{more} + "}");
        return control && control->from ? control->from->target() : std::nullopt;
    };
    CHECK(offset(R"("beginning")")->offset == 0);
    CHECK(offset(R"({"offset":7})")->offset == 7);
    CHECK(offset(R"({"offset":"7"})")->offset == 7);
    CHECK(offset(R"({"time":1700000000000000001})")->time == 1700000000000000001);
    CHECK(offset(R"({"time":"1700000000000000001"})")->time == 1700000000000000001);
    CHECK(offset(R"({"time":"2023-11-14T22:13:20Z"})")->time == 1700000000000000000);
    CHECK(offset(R"("time:2023-11-14T22:13:20Z")")->time == 1700000000000000000);
    CHECK(offset(R"({"time":"ago:1h"})")->time > 1700000000000000000);
    CHECK(offset(R"("ago:1h")")->time > 1700000000000000000);
    CHECK(offset(R"({"event":"01890a5d-ac96-774b-bcce-b302099a8057"})")->id.to_text() ==
          "01890a5d-ac96-774b-bcce-b302099a8057");
    CHECK(offset(R"({"offset":7})", R"(,"exclusive":true)")->exclusive);
    CHECK_FALSE(offset(R"("now")").has_value());
    CHECK(parse_control(R"({"type":"subscribe","topic":"t","from":"now"})")->from.has_value());
    CHECK_FALSE(parse_control(R"({"type":"subscribe","topic":"t"})")->from.has_value());
    for (const char* wrong :
         {"7", "{}", R"({"offset":-1})", R"({"offset":1.5})", R"({"offset":1,"time":2})", R"({"place":1})",
          R"("yesterday")", R"({"event":"x"})", R"({"offset":18446744073709551616})", "null"}) {
        CHECK(reason(R"({"type":"subscribe","topic":"t","from":)" + std::string{wrong} + "}") == "invalid_request");
    }
}

TEST_CASE("control: a time that can't be meant is refused, with what it looks like") {
    const auto text = [](std::string_view from) {
        return R"({"type":"subscribe","topic":"t","from":)" + std::string{from} + "}";
    };
    CHECK(reason(text(R"({"time":1679909168})")) == "bad_time");
    CHECK(detail(text(R"({"time":1679909168})")) == "from: 1679909168: looks like seconds: nanoseconds are meant");
    CHECK(detail(text(R"({"time":"1679909168000"})")) ==
          "from: 1679909168000: looks like milliseconds: nanoseconds are meant");
    for (const char* wrong : {R"({"time":1.7e18})", R"({"time":null})", R"({"time":"2026-11-27"})", R"("ago:5")"}) {
        CHECK(reason(text(wrong)) == "bad_time");
    }
}

TEST_CASE(
    "control: of a doubled key the last counts, whatever the first was, and a text that breaks off says nothing") {
    CHECK(parse_control(R"({"topic":7,"type":"x","type":"open","topic":"t"})")->topic == "t");
    CHECK(reason(R"({"type":"open","topic":"t","topic":7})") == "invalid_request");
    CHECK(parse_control(R"({"ref":1,"type":"topics","ref":2})")->ref == "2");
    CHECK(parse_control(R"({"type":"publish","topic":"t","payload":"a","payload_base64":"Yg=="})")->payload == "b");
    CHECK(parse_control(R"({"type":"publish","topic":"t","payload_base64":"Yg==","payload":"a"})")->payload == "a");
    CHECK(parse_control(R"({"t\u0079pe":"topics"})")->type == Control::Type::topics);
    CHECK(reason(R"({"type":5,"topic":7)") == "invalid_json");
    CHECK(reason(R"({"type":"topics"} x)") == "invalid_json");
}

TEST_CASE("control: unknown keys are passed by, known ones of the wrong type are not, asked for or not") {
    CHECK(parse_control(R"({"type":"topics","colour":{"deep":[1]},"limit":-1})"));
    for (const char* wrong : {R"("meta":1)", R"("exclusive":"true")", R"("topic":[])", R"("payload":{})",
                              R"("token":0)", R"("headers":[])", R"("payload_base64":"?")", R"("from":0)"}) {
        INFO(wrong);
        CHECK(reason(R"({"type":"topics",)" + std::string{wrong} + "}") == "invalid_request");
    }
}

TEST_CASE("control: a publish has a payload, in text or in base64, and perhaps headers") {
    CHECK(parse_control(R"({"type":"publish","topic":"t","payload":"a\u0000b"})")->payload == std::string("a\0b", 3));
    CHECK(parse_control(R"({"type":"publish","topic":"t","payload_base64":"/wA="})")->payload ==
          std::string("\xFF\0", 2));
    CHECK(parse_control(R"({"type":"publish","topic":"t","payload":"","headers":{"k":"v"}})")->headers.size() == 1);
    CHECK(reason(R"({"type":"publish","topic":"t"})") == "invalid_request");
    CHECK(reason(R"({"type":"publish","topic":"t","payload":5})") == "invalid_request");
    CHECK(reason(R"({"type":"publish","topic":"t","payload_base64":"/w="})") == "invalid_request");
    CHECK(reason(R"({"type":"publish","topic":"t","payload":"x","headers":{"k":1}})") == "invalid_request");
}

TEST_CASE("control: a loopback station is open to its own pages only, whatever name points at it") {
    OriginRules rules;
    rules.port = 9000;
    CHECK(origin_allowed(rules, "http://127.0.0.1:9000", "127.0.0.1:9000"));
    CHECK(origin_allowed(rules, "http://LOCALHOST:9000", "localhost:9000"));
    CHECK(origin_allowed(rules, "http://[::1]:9000", "[::1]:9000"));
    CHECK_FALSE(origin_allowed(rules, "http://evil.example:9000", "evil.example:9000"));
    CHECK_FALSE(origin_allowed(rules, "http://127.0.0.1:9001", "127.0.0.1:9000"));
    CHECK_FALSE(origin_allowed(rules, "null", "127.0.0.1:9000"));
    CHECK_FALSE(origin_allowed(rules, "http://127.0.0.1:9000.evil.example", "127.0.0.1:9000"));
}

TEST_CASE("control: a station on the network is open to the host it was called by, and to whom it was told") {
    OriginRules rules;
    rules.loopback = false;
    CHECK(origin_allowed(rules, "http://bus.example:9000", "bus.example:9000"));
    CHECK_FALSE(origin_allowed(rules, "http://other.example", "bus.example:9000"));
    rules.allowed = {"https://Other.example"};
    CHECK(origin_allowed(rules, "https://other.example", "bus.example:9000"));
    CHECK_FALSE(origin_allowed(rules, "http://other.example", "bus.example:9000"));
}

TEST_CASE("control: several topics are names and patterns, with an offset for each that has one") {
    const auto control =
        parse_control(R"({"type":"subscribe","topics":["a","s.*"],"offsets":{"a":7,"b":"18446744073709551615"},)"
                      R"("make":false,"text":true})");
    REQUIRE(control);
    CHECK(control->topics == std::vector<std::string>{"a", "s.*"});
    CHECK(control->offsets == Offsets{{"a", 7}, {"b", 18446744073709551615U}});
    CHECK(control->form() == EventForm::text);
    CHECK_FALSE(control->make);
    CHECK(parse_control(R"({"type":"subscribe","topics":["a"],"meta":true})")->form() == EventForm::meta);
    CHECK(parse_control(R"({"type":"subscribe","topics":["a"]})")->form() == EventForm::frame);
    CHECK(parse_control(R"({"type":"unsubscribe","topics":["*"]})")->topics.size() == 1);
    CHECK(parse_control(R"({"type":"publish","topic":"t","payload":"","topics":1,"text":"mine"})"));
    for (const char* wrong :
         {R"("topics":[])", R"("topics":"a")", R"("topics":["a",1])", R"("topics":["a b"])", R"("topics":[".*"])",
          R"("topics":["a"],"topic":"b")", R"("topic":"a*")", R"("topics":["a"],"offsets":[1])", R"("topics":null)",
          R"("topics":["a"],"offsets":{"a":-1})", R"("topics":["a"],"offsets":{"a":1.5})", R"("topics":["a"],"make":1)",
          R"("topics":["a"],"offsets":{"a*":1})", R"("topics":["a"],"text":null)"}) {
        CHECK(reason(R"({"type":"subscribe",)" + std::string{wrong} + "}") == "invalid_request");
    }
}

TEST_CASE("control: so many topics and patterns are taken, and not one more") {
    const auto texts = [](std::size_t count, const std::string& more) {
        std::string text = R"({"type":"subscribe","topics":[)";
        for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "\"t" : ",\"t") + std::to_string(i) + more + '"';
        return text + "]}";
    };
    CHECK(parse_control(texts(kMostNamed, "")));
    CHECK(reason(texts(kMostNamed + 1, "")) == "invalid_request");
    CHECK(parse_control(texts(kMostPatterns, "*")));
    CHECK(reason(texts(kMostPatterns + 1, "*")) == "invalid_request");
}
