// Exercise 3, the piece alone: what parse_event() takes, and by which rule it refuses.
#include <array>
#include <loadgen/piece/piece.hpp>
#include <station/wire/request.hpp>
#include <string>
#include <vector>

using namespace station;

namespace {

const std::string kUserRule = "user must be a string of 1 to 64 bytes without control characters";
const std::string kActionRule = "action must be \"buy\" or \"sell\"";
const std::string kAmountRule = "amount must be an integer from 1 to 1000000000000";

std::string event_line(const std::string& user, const std::string& action, const std::string& amount) {
    return R"({"user":)" + user + R"(,"action":)" + action + R"(,"amount":)" + amount + "}";
}
std::string quoted(const std::string& text) { return '"' + text + '"'; }
std::string line_of(const std::string& user) { return event_line(quoted(user), R"("buy")", "5"); }
std::string line_for(const std::string& amount) { return event_line(R"("ann")", R"("buy")", amount); }

// What came of a line, in words.
std::string outcome(const std::string& line) {
    piece::calling("parse_event(" + line + ")");
    const auto event = wire::parse_event(line);
    if (!event) {
        return event.error().reason == wire::RequestError::Reason::invalid_json ? "no JSON"
                                                                                : "refused: " + event.error().detail;
    }
    return event->user + (event->action == wire::Action::buy ? " buys " : " sells ") + std::to_string(event->amount);
}

void expect_event(const std::string& line, const std::string& user, const std::string& verb,
                  const std::string& amount) {
    piece::expect_equal("parse_event(" + line + ")", outcome(line), user + " " + verb + " " + amount);
}

void expect_refusal(const std::string& line, const std::string& rule) {
    piece::expect_equal("parse_event(" + line + ")", outcome(line), "refused: " + rule);
}

// A code point of two bytes in UTF-8: U+0080 to U+07FF.
std::string two_bytes(int code_point) {
    return {static_cast<char>(0xC0 | code_point >> 6), static_cast<char>(0x80 | (code_point & 0x3F))};
}

std::string escaped(int code_point) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "\\u%04x", static_cast<unsigned>(code_point));
    return text.data();
}

}  // namespace

PIECE_CASE("what-is-valid-is-kept", "The event has the user, the action and the amount that were sent") {
    expect_event(line_for("5"), "ann", "buys", "5");
    expect_event(event_line(R"("bob")", R"("sell")", "7"), "bob", "sells", "7");
    expect_event(R"({"amount":3,"action":"sell","user":"eve"})", "eve", "sells", "3");
    expect_event(R"({"note":[1,{"user":"x"}],"user":"eve","action":"buy","amount":3})", "eve", "buys", "3");
    expect_event(line_for("999999999999"), "ann", "buys", "999999999999");
}

PIECE_CASE("a-user-has-1-to-64-bytes", "A user is a string of 1 to 64 bytes, whatever its characters") {
    for (const std::size_t length : {1, 2, 63, 64}) {
        const std::string user(length, 'a');
        expect_event(line_of(user), user, "buys", "5");
    }
    expect_event(line_of("Zoë 日本 😀"), "Zoë 日本 😀", "buys", "5");
    const std::string wide = "aa" + std::string("é") + std::string(60, 'b');  // 63 characters, 64 bytes
    expect_event(line_of(wide), wide, "buys", "5");
    for (const std::string& user : {std::string{}, std::string(65, 'a'), std::string(1000, 'a'), wide + "c"}) {
        expect_refusal(line_of(user), kUserRule);
    }
}

PIECE_CASE("a-user-is-a-string", "A user that is missing, or no string, is refused") {
    for (const std::string user : {"5", "null", "true", R"(["ann"])", R"({"user":"ann"})", "1.5"}) {
        expect_refusal(event_line(user, R"("buy")", "1"), kUserRule);
    }
    expect_refusal(R"({"action":"buy","amount":1})", kUserRule);
}

PIECE_CASE("no-control-characters", "No control character stands in a user: U+0000 to U+001F, U+007F to U+009F") {
    for (int code_point = 0; code_point <= 0x9F; ++code_point) {
        if (code_point >= 0x20 && code_point < 0x7F) continue;
        expect_refusal(line_of(escaped(code_point)), kUserRule);
        expect_refusal(line_of("an" + escaped(code_point) + "n"), kUserRule);
        if (code_point >= 0x80) expect_refusal(line_of("ann" + two_bytes(code_point)), kUserRule);
    }
    expect_refusal(line_of("ann\x7F"), kUserRule);
    // Those beside them, and characters that hold such bytes without being such.
    for (const std::string user :
         {" ", "~", "\xC2\xA0", "\xC2\xBF", "\xC3\x80", "\xC4\x80", "\xE2\x82\xAC", "\xD0\x90"}) {
        expect_event(line_of(user), user, "buys", "5");
    }
}

PIECE_CASE("an-action-is-buy-or-sell", "An action is exactly buy or sell") {
    for (const std::string action : {R"("Buy")", R"("BUY")", R"("")", R"(" buy")", R"("buy ")", R"("buys")", R"("bu")",
                                     R"("sel")", R"("hold")", "1", "null", "true", R"(["buy"])"}) {
        expect_refusal(event_line(R"("ann")", action, "1"), kActionRule);
    }
    expect_refusal(R"({"user":"ann","amount":1})", kActionRule);
}

PIECE_CASE("the-first-rule-is-told", "Of several fields that are wrong, the first one's rule is told") {
    expect_refusal("{}", kUserRule);
    expect_refusal(event_line("5", "5", "0"), kUserRule);
    expect_refusal(R"({"amount":0,"action":5,"user":5})", kUserRule);
    expect_refusal(event_line(R"("ann")", "5", "0"), kActionRule);
    expect_refusal(R"({"amount":0,"user":"ann"})", kActionRule);
    expect_refusal(event_line(quoted(std::string(65, 'a')), R"("hold")", "0"), kUserRule);
    expect_refusal(line_for("null"), kAmountRule);
}

PIECE_CASE("an-amount-is-in-its-range", "An amount is an integer from 1 to 1,000,000,000,000") {
    expect_event(line_for("1"), "ann", "buys", "1");
    expect_event(line_for("2"), "ann", "buys", "2");
    expect_event(line_for("1000000000000"), "ann", "buys", "1000000000000");
    for (const std::string amount : {"0", "-1", "1000000000001", "9223372036854775807", "-9223372036854775808",
                                     "9223372036854775808", "100000000000000000000000000"}) {
        expect_refusal(line_for(amount), kAmountRule);
    }
}

PIECE_CASE("an-amount-is-an-integer", "1.0, \"1\" and what is no number are no amounts") {
    for (const std::string amount : {"1.0", "1.5", "1e3", R"("1")", "null", "true", "[1]", "{}"}) {
        expect_refusal(line_for(amount), kAmountRule);
    }
    expect_refusal(R"({"user":"ann","action":"buy"})", kAmountRule);
}

PIECE_CASE("what-is-no-request", "What is no JSON, or no object, is told apart from an event that is wrong") {
    EXPECT(outcome("{"), "no JSON");
    EXPECT(outcome(""), "no JSON");
    EXPECT(outcome("buy"), "no JSON");
    EXPECT(outcome("[]"), "refused: a request must be an object");
    EXPECT(outcome("5"), "refused: a request must be an object");
}

PIECE_CASE("a-query-has-a-user-too", "The user of a balance query is held to the same rule") {
    const auto asks = [](const std::string& user) {
        const std::string line = R"({"type":"balance","user":)" + user + "}";
        piece::calling("parse_request(" + line + ")");
        const auto request = wire::parse_request(line, {.balance = true, .metrics = true});
        if (!request) return "refused: " + request.error().detail;
        const auto* const query = std::get_if<wire::BalanceQuery>(&*request);
        return query == nullptr ? std::string{"another request"} : "balance of " + query->user;
    };
    EXPECT(asks(R"("ann")"), "balance of ann");
    EXPECT(asks(R"("")"), "refused: " + kUserRule);
    EXPECT(asks("5"), "refused: " + kUserRule);
    EXPECT(asks(quoted(std::string(65, 'a'))), "refused: " + kUserRule);
    EXPECT(asks(R"("a\u0000b")"), "refused: " + kUserRule);
}
