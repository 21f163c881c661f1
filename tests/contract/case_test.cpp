#include "catch.hpp"

#include <loadgen/check/case.hpp>
#include <loadgen/check/expectation.hpp>

namespace {

using namespace station::check;

const std::string kHead = R"({"group": "about", "next": "read"})"
                          "\n";

std::string error_of(const std::string& actions, const std::string& more = "") {
    const auto group = parse_group("01_x.jsonl", kHead + R"({"id": "x", "name": "n", "steps": 4)" + more +
                                                     R"(, "actions": )" + actions + "}\n");
    return group ? "" : group.error();
}

TEST_CASE("the cases of the contract can be read, and every step has some") {
    const auto groups = load_groups(STATION_CASES);
    REQUIRE(groups);
    std::size_t cases = 0;
    std::set<int> steps;
    for (const Group& group : *groups) {
        CHECK_FALSE(group.next.empty());
        for (const Case& one : group.cases) steps.insert(one.steps.begin(), one.steps.end());
        cases += group.cases.size();
    }
    CHECK(cases >= 150);
    CHECK(steps.size() == 10);
}

TEST_CASE("a case that makes no sense is an error that names file and line") {
    CHECK(error_of(R"([{"line": "x"}, {"valid": 1}])").empty());
    CHECK(error_of(R"([{"lien": "x"}])").find("01_x.jsonl:2: no verb that is known") == 0);
    CHECK(error_of(R"([{"line": "x", "valid": 1}])").find("two verbs") != std::string::npos);
    CHECK(error_of(R"([{"line": "x", "tmies": 3}])").find("\"tmies\" means nothing here") != std::string::npos);
    CHECK(error_of(R"([{"valid": 1, "split": "bytes"}])").find("\"split\" means nothing here") != std::string::npos);
    CHECK(error_of(R"([])").find("no actions") != std::string::npos);
    CHECK(error_of(R"(["line"])").find("an action is an object") != std::string::npos);
    CHECK(error_of(R"([{"send": {"hex": "0G"}}])").find("not pairs of hex digits") != std::string::npos);
    CHECK(error_of(R"([{"send": {"hex": "012"}}])").find("not pairs of hex digits") != std::string::npos);
    CHECK(error_of(R"([{"send": "abc", "split": [3]}])").find("split lies outside") != std::string::npos);
    CHECK(error_of(R"([{"send": "abc", "split": [2, 1]}])").find("split lies outside") != std::string::npos);
    CHECK(error_of(R"([{"send": "abc", "split": "evrywhere"}])").find("split is") != std::string::npos);
    CHECK(error_of(
              R"([{"repeat": 2, "do": [{"line": "a", "split": "everywhere"}]}, {"line": "b", "split": "everywhere"}])")
              .find("only one action") != std::string::npos);
    CHECK(error_of(R"([{"metrics_grew": {}}])").find("must be alone") != std::string::npos);
    CHECK(error_of(R"([{"metrics_grew": {}}])", R"(, "alone": true)").empty());
    CHECK(error_of(R"([{"valid": 1}])", R"(, "aloen": true)").find("unknown key \"aloen\"") != std::string::npos);
    CHECK(parse_group("01_x.jsonl", kHead + "{\n").error().find("01_x.jsonl:2: ") == 0);
    CHECK(parse_group("01_x.jsonl", kHead + R"({"id": "x", "name": "n", "steps": {"from": 0}, "actions": []})")
              .error()
              .find("within 1 and 10") != std::string::npos);
}

TEST_CASE("user names are 12 bytes, and each run has its own") {
    const Names one{1};
    const Names other{2};
    CHECK(one.expand("$u1", 1).size() == Names::kBytes);
    CHECK(one.expand("$u1", 1) != one.expand("$u2", 1));
    CHECK(one.expand("$u1", 1) != other.expand("$u1", 1));
    CHECK(one.expand("$u1", 1) == Names{1}.expand("$u1", 1));
    CHECK(one.expand("cost: $7, $i of $x$", 3) == "cost: $7, 3 of $x$");
}

TEST_CASE("bytes are put together from text, hex and repetitions") {
    const Names names{1};
    const Payload payload{{{"a$i", 2, true}, {std::string("\0$i", 3), 1, false}}};
    CHECK(payload.expand(names, 7) == std::string("a7a7\0$i", 7));
    CHECK(payload.counts());
    CHECK_FALSE((Payload{{{"$i", 1, false}}}.counts()));
}

bool fits(const Expectation& expected, int step, std::string_view line) {
    return matches(expected, {step, Names{1}, 5}, line);
}

TEST_CASE("the reply to a valid event depends on the step") {
    const ValidReply valid{110, false, false};
    CHECK(fits(valid, 3, R"({"status":"accepted"})"));
    CHECK(fits(valid, 4, R"({"status":"ok","balance":110})"));
    CHECK(fits(valid, 8, R"({"status":"ok","balance":110})"));
    CHECK(fits(valid, 10, R"({"status":"accepted"})"));
    CHECK_FALSE(fits(valid, 4, R"({"status":"accepted"})"));
    CHECK_FALSE(fits(valid, 4, R"({"status":"ok","balance":111})"));
    CHECK_FALSE(fits(valid, 5, R"({"status":"rejected","reason":"server_busy"})"));

    const ValidReply counted_or_busy{0, true, true};
    CHECK(fits(counted_or_busy, 4, R"({"status":"ok","balance":5})"));
    CHECK(fits(counted_or_busy, 5, R"({"status":"rejected","reason":"server_busy"})"));
    CHECK_FALSE(fits(counted_or_busy, 4, R"({"status":"rejected","reason":"server_busy"})"));
}

TEST_CASE("an error's keys, their order and its detail are looked at, the detail's spelling is not") {
    const ErrorReply error{"invalid_event", {"user"}};
    CHECK(fits(error, 4, R"({"status":"error","reason":"invalid_event","detail":"user must be a string"})"));
    CHECK(fits(error, 4, R"({"status":"error","reason":"invalid_event","detail":"\u0075ser \"x\""})"));
    for (const char* line :
         {R"({"status":"error","reason":"invalid_event","detail":"amount must be an integer"})",
          R"({"status":"error","reason":"invalid_event","detail":""})",
          R"({"status":"error","reason":"invalid_event"})", R"({"status":"error","reason":"invalid_event","detail":7})",
          R"({"status":"error","reason":"invalid_event","detail":"user","detail":7,"x":"user"})",
          R"({"status":"error","reason":"invalid_event","detail":"user","more":"x"})",
          R"({"status":"error","reason":"invalid_event","detail": "user"})",
          R"({"status":"error","reason":"invalid_event","detail":"user" "})",
          R"({"reason":"invalid_event","status":"error","detail":"user"})",
          R"({"status":"error","reason":"invalid_json"})"}) {
        INFO(line);
        CHECK_FALSE(fits(error, 4, line));
    }
    CHECK(fits(ErrorReply{"invalid_json", {}}, 4, R"({"status":"error","reason":"invalid_json"})"));
    CHECK_FALSE(fits(ErrorReply{"invalid_json", {}}, 4, R"({"status":"error", "reason":"invalid_json"})"));
}

TEST_CASE("metrics are three counters that add up") {
    CHECK(fits(MetricsReply{}, 9, R"({"received":100000,"processed":99820,"dropped":180})"));
    CHECK(fits(MetricsReply{}, 9, R"({"received":3,"processed":1,"dropped":1})"));
    for (const char* line :
         {R"({"received":2,"processed":2,"dropped":1})", R"({"received":2,"processed":2})",
          R"({"processed":2,"received":2,"dropped":0})", R"({"received":2,"processed":-1,"dropped":0})",
          R"({"received":2.0,"processed":2,"dropped":0})", R"({"received": 2,"processed":2,"dropped":0})",
          R"({"received":2,"processed":2,"dropped":0,"x":1})", "{}", "[]", ""}) {
        INFO(line);
        CHECK_FALSE(fits(MetricsReply{}, 9, line));
    }
}

}  // namespace
