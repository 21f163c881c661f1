// Who may do what, as docs/chat.md says it: for each command a decision table, tried over every combination of what a
// gate can look at.
//
// A row has a place for each condition, in the order of the table's columns: 1 it holds, 0 it does not, - either.
// Every combination must fit exactly one row, so that a table says something about all of them, and nothing twice.
#include <catch.hpp>

#include "chat/service/refusal.hpp"
#include "chat/service/rules.hpp"

using namespace station;
using namespace station::chat;

namespace {

constexpr const char* kPassed = "passed";
constexpr const char* kCannotBe = "cannot be";  // the services never make such an attempt

struct Row {
    std::string_view conditions;  // with spaces, for reading
    std::string_view outcome;
};

template <typename Attempt>
struct Column {
    const char* name;
    bool Attempt::*condition;
};

template <typename Attempt>
std::string outcome_of(const ledger::Pipeline<Attempt>& rules, const Attempt& attempt) {
    const auto passed = rules.evaluate(attempt, ledger::Proposal{0});
    return passed ? kPassed : passed.error().code;
}

bool fits(const Row& row, unsigned combination, std::size_t columns) {
    std::size_t column = 0;
    for (const char c : row.conditions) {
        if (c == ' ') continue;
        const bool holds = (combination >> column++ & 1) != 0;
        if (c != '-' && holds != (c == '1')) return false;
    }
    REQUIRE(column == columns);
    return true;
}

template <typename Attempt>
void check_table(const ledger::Pipeline<Attempt>& rules, const std::vector<Column<Attempt>>& columns,
                 const std::vector<Row>& rows, Attempt attempt = {}) {
    for (unsigned combination = 0; combination < 1U << columns.size(); ++combination) {
        std::string shown;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const bool holds = (combination >> i & 1) != 0;
            attempt.*columns[i].condition = holds;
            shown += std::string{holds ? " " : " not "} + columns[i].name;
        }
        INFO(shown);
        std::vector<std::string_view> outcomes;
        for (const Row& row : rows) {
            if (fits(row, combination, columns.size())) outcomes.push_back(row.outcome);
        }
        REQUIRE(outcomes.size() == 1);
        if (outcomes.front() != kCannotBe) CHECK(outcome_of(rules, attempt) == outcomes.front());
    }
}

using M = MessageAttempt;
using R = RoomAttempt;
using A = AccountAttempt;

}  // namespace

TEST_CASE("who may post, and what the same client_message_id is", "[chat]") {
    const std::vector<Column<M>> columns{{"signed in", &M::signed_in},  {"member", &M::member},
                                         {"exists", &M::exists},        {"author", &M::author},
                                         {"deleted", &M::deleted},      {"id", &M::valid_client_message_id},
                                         {"content", &M::valid_content}};
    const std::vector<Row> rows{{"0- -- - --", "not_signed_in"},
                                {"10 -- - --", "not_a_member"},
                                {"11 10 - --", "client_message_id_taken"},
                                {"11 11 1 --", "message_deleted"},
                                {"11 11 0 --", kExists},
                                {"11 0- 1 --", kCannotBe},
                                {"11 0- 0 0-", "invalid_client_message_id"},
                                {"11 0- 0 10", "invalid_content"},
                                {"11 0- 0 11", kPassed}};
    check_table(rules_to_post(), columns, rows);
}

TEST_CASE("too many are asked about last, and told how long to wait", "[chat]") {
    M attempt;
    attempt.retry_after = 7;
    CHECK(outcome_of(rules_to_post(), attempt) == "not_signed_in");
    attempt.signed_in = attempt.member = attempt.valid_client_message_id = true;
    CHECK(outcome_of(rules_to_post(), attempt) == "invalid_content");
    attempt.valid_content = true;
    const auto denied = rules_to_post().evaluate(attempt, ledger::Proposal{0});
    REQUIRE_FALSE(denied);
    CHECK(refusal_of(denied.error()).retry_after == 7);
    CHECK(refusal_of(denied.error()).status() == 429);
    attempt.exists = attempt.author = true;
    CHECK(outcome_of(rules_to_post(), attempt) == kExists);
}

TEST_CASE("who may change a message", "[chat]") {
    const std::vector<Column<M>> columns{{"signed in", &M::signed_in},  {"there", &M::exists},
                                         {"member", &M::member},        {"deleted", &M::deleted},
                                         {"author", &M::author},        {"administrator", &M::administrator},
                                         {"content", &M::valid_content}};
    check_table(rules_to_edit(), columns,
                {{"0-- - -- -", "not_signed_in"},
                 {"10- - -- -", "not_found"},
                 {"110 - -- -", "not_found"},
                 {"111 1 -- -", "message_deleted"},
                 {"111 0 0- -", "not_allowed"},
                 {"111 0 1- 0", "invalid_content"},
                 {"111 0 1- 1", kPassed}});
    check_table(rules_to_delete(), columns,
                {{"0-- - -- -", "not_signed_in"},
                 {"10- - -- -", "not_found"},
                 {"110 - -- -", "not_found"},
                 {"111 1 -- -", "message_deleted"},
                 {"111 0 00 -", "not_allowed"},
                 {"111 0 1- -", kPassed},
                 {"111 0 01 -", kPassed}});
    check_table(rules_to_boost(), columns,
                {{"0-- - -- -", "not_signed_in"},
                 {"10- - -- -", "not_found"},
                 {"110 - -- -", "not_found"},
                 {"111 1 -- -", "message_deleted"},
                 {"111 0 -- 0", "invalid_boost"},
                 {"111 0 -- 1", kPassed}});
}

TEST_CASE("who may make a room", "[chat]") {
    const std::vector<Column<R>> columns{{"signed in", &R::signed_in},
                                         {"bot", &R::bot},
                                         {"name", &R::valid_name},
                                         {"type", &R::valid_type},
                                         {"people", &R::whom_known}};
    check_table(rules_to_make_room(), columns,
                {{"0- ---", "not_signed_in"},
                 {"11 ---", "not_allowed"},
                 {"10 0--", "invalid_name"},
                 {"10 10-", "invalid_type"},
                 {"10 110", "invalid_users"},
                 {"10 111", kPassed}});
    check_table(
        rules_to_make_direct_room(), columns,
        {{"0- ---", "not_signed_in"}, {"11 ---", "not_allowed"}, {"10 --0", "invalid_users"}, {"10 --1", kPassed}});
}

TEST_CASE("who may change a room", "[chat]") {
    const std::vector<Column<R>> columns{{"signed in", &R::signed_in},
                                         {"member", &R::member},
                                         {"direct", &R::direct},
                                         {"creator", &R::creator},
                                         {"administrator", &R::administrator},
                                         {"name", &R::valid_name},
                                         {"type", &R::valid_type}};
    check_table(rules_to_change_room(), columns,
                {{"0- - -- --", "not_signed_in"},
                 {"10 - -- --", "not_a_member"},
                 {"11 1 -- --", "direct_room"},
                 {"11 0 00 --", "not_allowed"},
                 {"11 0 1- 0-", "invalid_name"},
                 {"11 0 01 0-", "invalid_name"},
                 {"11 0 1- 10", "invalid_type"},
                 {"11 0 01 10", "invalid_type"},
                 {"11 0 1- 11", kPassed},
                 {"11 0 01 11", kPassed}});
    check_table(rules_to_delete_room(), columns,
                {{"0- - -- --", "not_signed_in"},
                 {"10 - -- --", "not_a_member"},
                 {"11 1 -- --", "direct_room"},
                 {"11 0 00 --", "not_allowed"},
                 {"11 0 1- --", kPassed},
                 {"11 0 01 --", kPassed}});
}

TEST_CASE("who may bring somebody into a room, or out of it", "[chat]") {
    const std::vector<Column<R>> columns{{"signed in", &R::signed_in}, {"member", &R::member},
                                         {"direct", &R::direct},       {"open", &R::open},
                                         {"creator", &R::creator},     {"administrator", &R::administrator},
                                         {"oneself", &R::oneself},     {"here", &R::whom_known},
                                         {"in it", &R::whom_member}};
    check_table(rules_to_add_member(), columns,
                {{"0- -- -- - --", "not_signed_in"},
                 {"10 -- -- - --", "not_a_member"},
                 {"11 1- -- - --", "direct_room"},
                 {"11 01 -- - --", "open_room"},
                 {"11 00 00 - --", "not_allowed"},
                 {"11 00 1- - 0-", "invalid_users"},
                 {"11 00 01 - 0-", "invalid_users"},
                 {"11 00 1- - 1-", kPassed},
                 {"11 00 01 - 1-", kPassed}});
    check_table(rules_to_remove_member(), columns,
                {{"0- -- -- - --", "not_signed_in"},
                 {"10 -- -- - --", "not_a_member"},
                 {"11 1- -- - --", "direct_room"},
                 {"11 01 -- - --", "open_room"},
                 {"11 00 00 0 --", "not_allowed"},
                 {"11 00 00 1 -0", "not_found"},
                 {"11 00 1- - -0", "not_found"},
                 {"11 00 01 - -0", "not_found"},
                 {"11 00 00 1 -1", kPassed},
                 {"11 00 1- - -1", kPassed},
                 {"11 00 01 - -1", kPassed}});
    check_table(rules_to_be_involved(),
                {{"signed in", &R::signed_in}, {"member", &R::member}, {"level", &R::valid_level}},
                {{"0--", "not_signed_in"}, {"10-", "not_a_member"}, {"110", "invalid_level"}, {"111", kPassed}});
}

TEST_CASE("who may come in", "[chat]") {
    const std::vector<Column<A>> columns{{"set up", &A::set_up},           {"code", &A::right_code},
                                         {"name", &A::valid_name},         {"login", &A::valid_login},
                                         {"password", &A::valid_password}, {"free", &A::login_free}};
    check_table(rules_to_set_up(), columns,
                {{"1- ---  -", "already_set_up"},
                 {"00 ---  -", "wrong_code"},
                 {"01 0--  -", "invalid_name"},
                 {"01 10-  -", "invalid_login"},
                 {"01 110  -", "invalid_password"},
                 {"01 111  -", kPassed}});
    check_table(rules_to_join(), columns,
                {{"-0 ---  -", "wrong_code"},
                 {"-1 0--  -", "invalid_name"},
                 {"-1 10-  -", "invalid_login"},
                 {"-1 110  -", "invalid_password"},
                 {"-1 111  0", "login_taken"},
                 {"-1 111  1", kPassed}});
    check_table(rules_to_sign_in(), {{"known", &A::known}, {"bot", &A::bot}, {"password", &A::right_password}},
                {{"0--", "wrong_login"}, {"11-", "wrong_login"}, {"100", "wrong_login"}, {"101", kPassed}});
    check_table(rules_to_use_code(), {{"known", &A::known}, {"code", &A::right_code}, {"password", &A::valid_password}},
                {{"0--", "wrong_login"}, {"10-", "wrong_login"}, {"110", "invalid_password"}, {"111", kPassed}});
}

TEST_CASE("who may change people", "[chat]") {
    const std::vector<Column<A>> columns{{"signed in", &A::signed_in}, {"administrator", &A::administrator},
                                         {"known", &A::known},         {"bot", &A::bot},
                                         {"role", &A::valid_role},     {"last", &A::last_administrator},
                                         {"oneself", &A::oneself}};
    check_table(rules_to_change_role(), columns,
                {{"0- -- - - -", "not_signed_in"},
                 {"10 -- - - -", "not_allowed"},
                 {"11 0- - - -", "not_found"},
                 {"11 11 - - -", "invalid_role"},
                 {"11 10 0 - -", "invalid_role"},
                 {"11 10 1 1 -", "last_administrator"},
                 {"11 10 1 0 -", kPassed}});
    check_table(rules_to_change_active(), columns,
                {{"0- -- - - -", "not_signed_in"},
                 {"10 -- - - -", "not_allowed"},
                 {"11 0- - - -", "not_found"},
                 {"11 1- - 1 -", "last_administrator"},
                 {"11 1- - 0 -", kPassed}});
    check_table(rules_to_make_code(), columns,
                {{"0- -- - - -", "not_signed_in"},
                 {"10 -- - - 0", "not_allowed"},
                 {"11 0- - - -", "not_found"},
                 {"10 0- - - 1", "not_found"},
                 {"11 11 - - -", "not_found"},
                 {"10 11 - - 1", "not_found"},
                 {"11 10 - - -", kPassed},
                 {"10 10 - - 1", kPassed}});
    check_table(rules_to_renew_join_code(), {{"signed in", &A::signed_in}, {"administrator", &A::administrator}},
                {{"0-", "not_signed_in"}, {"10", "not_allowed"}, {"11", kPassed}});
    check_table(rules_to_sign_out(), {{"signed in", &A::signed_in}}, {{"0", "not_signed_in"}, {"1", kPassed}});
}

TEST_CASE("who may change oneself, and bots", "[chat]") {
    check_table(rules_to_change_oneself(),
                {{"signed in", &A::signed_in},
                 {"name", &A::valid_name},
                 {"login", &A::valid_login},
                 {"password", &A::valid_password},
                 {"old password", &A::right_password},
                 {"free", &A::login_free}},
                {{"0 --- - -", "not_signed_in"},
                 {"1 0-- - -", "invalid_name"},
                 {"1 10- - -", "invalid_login"},
                 {"1 110 - -", "invalid_password"},
                 {"1 111 0 -", "wrong_password"},
                 {"1 111 1 0", "login_taken"},
                 {"1 111 1 1", kPassed}});
    const std::vector<Column<A>> columns{{"signed in", &A::signed_in},   {"administrator", &A::administrator},
                                         {"known", &A::known},           {"bot", &A::bot},
                                         {"name", &A::valid_name},       {"login", &A::valid_login},
                                         {"webhook", &A::valid_webhook}, {"free", &A::login_free}};
    check_table(rules_to_make_bot(), columns,
                {{"0- -- --- -", "not_signed_in"},
                 {"10 -- --- -", "not_allowed"},
                 {"11 -- 0-- -", "invalid_name"},
                 {"11 -- 10- -", "invalid_login"},
                 {"11 -- 110 -", "invalid_webhook"},
                 {"11 -- 111 0", "login_taken"},
                 {"11 -- 111 1", kPassed}});
    check_table(rules_to_change_bot(), columns,
                {{"0- -- --- -", "not_signed_in"},
                 {"10 -- --- -", "not_allowed"},
                 {"11 0- --- -", "not_found"},
                 {"11 10 --- -", "not_found"},
                 {"11 11 0-- -", "invalid_name"},
                 {"11 11 10- -", "invalid_login"},
                 {"11 11 110 -", "invalid_webhook"},
                 {"11 11 111 0", "login_taken"},
                 {"11 11 111 1", kPassed}});
}
