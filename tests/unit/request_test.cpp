#include "catch.hpp"

#include <station/wire/request.hpp>
#include <string>
#include <string_view>

namespace station::wire {
namespace {

constexpr Queries kNone{};
constexpr Queries kBalance{.balance = true};
constexpr Queries kAll{.balance = true, .metrics = true};

constexpr std::string_view kUser = "invalid_event: user must be a string of 1 to 64 bytes without control characters";
constexpr std::string_view kAction = "invalid_event: action must be \"buy\" or \"sell\"";
constexpr std::string_view kAmount = "invalid_event: amount must be an integer from 1 to 1000000000000";
constexpr std::string_view kObject = "invalid_event: a request must be an object";

std::string show(const Event& event) {
    return event.user + (event.action == Action::buy ? " buys " : " sells ") + std::to_string(event.amount);
}

std::string show(const RequestError& error) {
    if (error.reason == RequestError::Reason::invalid_json) return "invalid_json" + error.detail;
    return "invalid_event: " + error.detail;
}

// What a line asks for, in words.
std::string ask(std::string_view line, Queries known = kNone) {
    const auto request = parse_request(line, known);
    if (!request) return show(request.error());
    if (const auto* const event = std::get_if<Event>(&*request)) return show(*event);
    if (const auto* const query = std::get_if<BalanceQuery>(&*request)) return "balance of " + query->user;
    return std::holds_alternative<MetricsQuery>(*request) ? "metrics" : "health";
}

std::string with_user(const std::string& json) { return ask(R"({"action":"buy","amount":1,"user":)" + json + "}"); }
std::string with_action(const std::string& json) { return ask(R"({"user":"a","amount":1,"action":)" + json + "}"); }
std::string with_amount(const std::string& json) { return ask(R"({"user":"a","action":"buy","amount":)" + json + "}"); }

std::string in_quotes(const std::string& text) { return "\"" + text + "\""; }

TEST_CASE("request: an event") {
    CHECK(ask(R"({"user":"alice","action":"buy","amount":100})") == "alice buys 100");
    CHECK(ask(R"({"amount":1,"action":"sell","user":"bob"})") == "bob sells 1");
    CHECK(Event{"a", Action::buy, 5}.change() == 5);
    CHECK(Event{"a", Action::sell, 5}.change() == -5);
    const auto event = parse_event(R"({"user":"alice","action":"buy","amount":100})");
    REQUIRE(event);
    CHECK(show(*event) == "alice buys 100");
    CHECK(show(parse_event("{}").error()) == kUser);
    CHECK(show(parse_event("x").error()) == "invalid_json");
    CHECK(show(parse_event(R"({"type":"balance","user":"a"})").error()) == "invalid_event: unknown type balance");
}

TEST_CASE("request: further keys are ignored and the last of a doubled one counts") {
    CHECK(ask(R"({"x":1,"user":"a","y":{"amount":[]},"action":"buy","amount":100000,"z":1e999})") == "a buys 100000");
    CHECK(ask(R"({"user":1,"user":"a","action":"sell","action":"buy","amount":-1,"amount":2})") == "a buys 2");
    CHECK(ask(R"({"user":"a","user":"","action":"buy","amount":2})") == kUser);
    CHECK(ask(R"({"user":"a","action":"buy","amount":2,"type":"x"})") == "invalid_event: unknown type x");
    CHECK(ask(R"({"type":"x","type":"metrics"})", kAll) == "metrics");
}

TEST_CASE("request: user is 1 to 64 bytes of UTF-8") {
    CHECK(with_user(in_quotes("a")) == "a buys 1");
    CHECK(with_user(in_quotes(std::string(64, 'a'))) == std::string(64, 'a') + " buys 1");
    CHECK(with_user(in_quotes(std::string(65, 'a'))) == kUser);
    CHECK(with_user(in_quotes("")) == kUser);
    std::string two_bytes_each;
    for (int i = 0; i < 32; ++i) two_bytes_each += "é";
    CHECK(with_user(in_quotes(two_bytes_each)) == two_bytes_each + " buys 1");
    CHECK(with_user(in_quotes(two_bytes_each + "x")) == kUser);
    CHECK(with_user(in_quotes("🚂 日本")) == "🚂 日本 buys 1");
    CHECK(with_user(in_quotes(R"(\u0061\"\\)")) == "a\"\\ buys 1");
}

TEST_CASE("request: user must be a string") {
    for (const char* const value : {"1", "null", "true", "[]", "{}", "[\"a\"]", "1.5", "1e999"}) {
        INFO(value);
        CHECK(with_user(value) == kUser);
    }
    CHECK(ask(R"({"action":"buy","amount":1})") == kUser);
}

TEST_CASE("request: user has no control characters, and the neighbours of those are fine") {
    for (const char* const control : {"\\u0000", "\\u0001", "\\n", "\\t", "\\u001f", "\\u007f", "\x7F", "\\u0080",
                                      "\xC2\x80", "\\u0085", "\\u009f", "\xC2\x9F"}) {
        INFO(control);
        CHECK(with_user(in_quotes(control)) == kUser);
        CHECK(with_user(in_quotes("ab" + std::string{control})) == kUser);
        CHECK(with_user(in_quotes(control + std::string{"ab"})) == kUser);
    }
    for (const char* const other : {" ", "~", "\xC2\xA0", "\xC3\x80", "\xC4\x82", "\xE2\x80\xA8", "\xED\x9F\xBF"}) {
        INFO(other);
        CHECK(with_user(in_quotes(other)) == std::string{other} + " buys 1");
    }
}

TEST_CASE("request: action is buy or sell") {
    CHECK(with_action("\"buy\"") == "a buys 1");
    CHECK(with_action("\"sell\"") == "a sells 1");
    CHECK(with_action(R"("b\u0075y")") == "a buys 1");
    for (const char* const value : {"\"\"", "\"Buy\"", "\"BUY\"", "\"buy \"", "\"buyer\"", "\"hold\"", "1", "null",
                                    "true", "[]", "{}", "[\"buy\"]"}) {
        INFO(value);
        CHECK(with_action(value) == kAction);
    }
    CHECK(ask(R"({"user":"a","amount":1})") == kAction);
}

TEST_CASE("request: amount is an integer from 1 to a million million") {
    CHECK(with_amount("1") == "a buys 1");
    CHECK(with_amount("999999999999") == "a buys 999999999999");
    CHECK(with_amount("1000000000000") == "a buys 1000000000000");
    for (const char* const value : {"0",
                                    "-0",
                                    "-1",
                                    "1000000000001",
                                    "9223372036854775807",
                                    "9223372036854775808",
                                    "18446744073709551616",
                                    "-9223372036854775808",
                                    "1.0",
                                    "1.5",
                                    "0.5",
                                    "1e0",
                                    "1e2",
                                    "1E2",
                                    "1e999",
                                    "-1e999",
                                    "1e-5",
                                    "\"1\"",
                                    "\"100\"",
                                    "null",
                                    "true",
                                    "[]",
                                    "[1]",
                                    "{}"}) {
        INFO(value);
        CHECK(with_amount(value) == kAmount);
    }
    CHECK(with_amount(std::string(400, '9')) == kAmount);
    CHECK(with_amount("-" + std::string(400, '9')) == kAmount);
    CHECK(ask(R"({"user":"a","action":"buy"})") == kAmount);
}

TEST_CASE("request: numbers that are no JSON") {
    for (const char* const value :
         {"01", "+1", ".5", "1.", "0x1", "NaN", "Infinity", "1_000", "1,000", "- 1", "--1", "１"}) {
        INFO(value);
        CHECK(with_amount(value) == "invalid_json");
    }
}

TEST_CASE("request: a huge number in an unknown field harms nobody") {
    for (const std::string& huge : {std::string{"1e999"}, std::string(400, '9'), "-" + std::string(400, '9')}) {
        INFO(huge);
        CHECK(ask(R"({"user":"a","action":"buy","amount":1000000000000,"x":)" + huge + "}") == "a buys 1000000000000");
        CHECK(ask("{\"x\":[{\"y\":" + huge + "}],\"user\":\"a\",\"action\":\"sell\",\"amount\":12345}") ==
              "a sells 12345");
        CHECK(ask(R"({"type":"balance","user":"12345678","x":)" + huge + "}", kAll) == "balance of 12345678");
    }
}

TEST_CASE("request: the first field that is wrong is named, user before action before amount") {
    CHECK(ask("{}") == kUser);
    CHECK(ask(R"({"user":"a"})") == kAction);
    CHECK(ask(R"({"user":"","action":"x","amount":0})") == kUser);
    CHECK(ask(R"({"user":"a","action":"x","amount":0})") == kAction);
}

TEST_CASE("request: JSON that is no object") {
    for (const char* const value : {"1", "null", "true", "\"buy\"", "[]", "[{}]", "-1.5", "1e999"}) {
        INFO(value);
        CHECK(ask(value) == kObject);
    }
}

TEST_CASE("request: a line that is no JSON") {
    using namespace std::literals;
    for (const auto text : {"garbage"sv, " "sv, "{"sv, "{}{}"sv, "\xEF\xBB\xBF{}"sv, "{}\0"sv, "\0"sv,
                            "{\"user\":\"\xFF\"}"sv, "{\"a\":\"\x01\"}"sv}) {
        CHECK(ask(text) == "invalid_json");
    }
}

TEST_CASE("request: nesting is taken to 64 levels") {
    const auto event_with_depth = [](std::size_t depth) {
        return R"({"user":"a","action":"buy","amount":1,"x":)" + std::string(depth - 1, '[') +
               std::string(depth - 1, ']') + "}";
    };
    CHECK(ask(event_with_depth(64)) == "a buys 1");
    CHECK(ask(event_with_depth(65)) == "invalid_json");
}

TEST_CASE("request: queries, each from its step on") {
    CHECK(ask(R"({"type":"balance","user":"alice"})", kBalance) == "balance of alice");
    CHECK(ask(R"({"type":"balance","user":"alice"})", kAll) == "balance of alice");
    CHECK(ask(R"({"type":"metrics"})", kAll) == "metrics");
    CHECK(ask(R"({"type":"health","user":5})", kAll) == "health");
    CHECK(ask(R"({"type":"balance","user":"alice"})", kNone) == "invalid_event: unknown type balance");
    CHECK(ask(R"({"type":"metrics"})", kNone) == "invalid_event: unknown type metrics");
    CHECK(ask(R"({"type":"metrics"})", kBalance) == "invalid_event: unknown type metrics");
    CHECK(ask(R"({"type":"health"})", kBalance) == "invalid_event: unknown type health");
}

TEST_CASE("request: a balance query needs a user, by the rules of an event") {
    CHECK(ask(R"({"type":"balance"})", kAll) == kUser);
    CHECK(ask(R"({"type":"balance","user":""})", kAll) == kUser);
    CHECK(ask(R"({"type":"balance","user":"\u0007"})", kAll) == kUser);
    CHECK(ask("{\"type\":\"balance\",\"user\":\"" + std::string(65, 'a') + "\"}", kAll) == kUser);
}

TEST_CASE("request: a type that is no string is unknown, too") {
    for (const char* const value : {"1", "null", "true", "[]", "{}", "1e999", "[\"metrics\"]"}) {
        INFO(value);
        CHECK(ask("{\"type\":" + std::string{value} + "}", kAll).starts_with("invalid_event: unknown type"));
    }
}

TEST_CASE("request: an unknown type is shown, but no more than 64 bytes of it, cut between characters") {
    const auto shown = [](const std::string& type) { return ask("{\"type\":\"" + type + "\"}", kAll); };
    const std::string unknown = "invalid_event: unknown type ";
    CHECK(shown("") == unknown);
    CHECK(shown("Metrics") == unknown + "Metrics");
    CHECK(shown(std::string(64, 'x')) == unknown + std::string(64, 'x'));
    CHECK(shown(std::string(65, 'x')) == unknown + std::string(64, 'x'));
    CHECK(shown(std::string(60000, 'x')) == unknown + std::string(64, 'x'));
    // é takes 2 bytes, € 3, 🚂 4: only whole ones are shown.
    for (const std::string character : {"é", "€", "🚂"}) {
        for (std::size_t before = 60; before <= 64; ++before) {
            const std::string start(before, 'x');
            const bool fits = before + character.size() <= 64;
            INFO(before << " bytes before " << character);
            CHECK(shown(start + character + "yyyy").substr(0, unknown.size() + 64) ==
                  (unknown + start + (fits ? character : "") + (fits ? "yyyy" : "")).substr(0, unknown.size() + 64));
        }
    }
}

}  // namespace
}  // namespace station::wire
