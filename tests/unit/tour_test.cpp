#include "catch.hpp"

#include <loadgen/report/tour.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

namespace station::tour {
namespace {

lesson::Finding finding(const std::string& what, check::Verdict verdict) {
    return {.id = "step05.x",
            .title = "A <title>",
            .what = what,
            .measured = 4.78,
            .unit = "ms",
            .expected = "under a fifth",
            .ratio = 0.072,
            .verdict = verdict,
            .cause = "the cause",
            .next = "the next move"};
}

Tour tour_of(check::Verdict verdict) {
    return {.machine = {{"cores", "2"}},
            .when = "2026-01-01 00:00 UTC",
            .seconds = 12,
            .lessons = {{.step = 5,
                         .name = "bounded_channel",
                         .headline = "Head & line",
                         .findings = {finding("p99 <b>", check::Verdict::pass), finding("memory", verdict)},
                         .figures = {{.id = "f", .title = "A figure", .about = "a", .chart = report::LineChart{}}},
                         .commands = {"./dev run 5 > file"}}}};
}

TEST_CASE("tour: text is broken at spaces, and only there") {
    CHECK(wrap("one two three", 8) == std::vector<std::string>{"one two", "three"});
    CHECK(wrap("one two three", 100) == std::vector<std::string>{"one two three"});
    CHECK(wrap("incomprehensible", 5) == std::vector<std::string>{"incomprehensible"});
    CHECK(wrap("µµµ µµµ", 7) == std::vector<std::string>{"µµµ µµµ"});  // letters count, not bytes
    CHECK(wrap("", 5) == std::vector<std::string>{""});
}

TEST_CASE("tour: a row a step, and what did not pass in full below it") {
    for (const auto verdict : {check::Verdict::pass, check::Verdict::fail}) {
        std::ostringstream out;
        Rows rows{out};
        rows.begin();
        rows.add(tour_of(verdict).lessons[0]);
        rows.end();
        const std::string text = out.str();
        CHECK(text.find(" 5 bounded_channel") != std::string::npos);
        CHECK(text.find("0.072×") != std::string::npos);
        CHECK((text.find("next: the next move") != std::string::npos) == (verdict == check::Verdict::fail));
        std::istringstream lines{text};
        std::string row;
        while (row.find("bounded_channel") == std::string::npos) REQUIRE(std::getline(lines, row));
        CHECK(row.ends_with(check::to_string(verdict)));
    }
}

TEST_CASE("tour: the page shows every step, and escapes what it shows") {
    const std::string html = to_page(tour_of(check::Verdict::fail));
    for (const char* const part : {"Head &amp; line", "p99 &lt;b&gt;", "./dev run 5 &gt; file", "href=\"#step-5\"",
                                   "id=\"step-5\"", "the next move", "A &lt;title&gt;", "<dt>cores</dt><dd>2</dd>"}) {
        CAPTURE(part);
        CHECK(html.find(part) != std::string::npos);
    }
    CHECK(html.find("<b>") == std::string::npos);
}

TEST_CASE("tour: the last step has a row and a section, too") {
    Tour seen = tour_of(check::Verdict::pass);
    CHECK(to_page(seen).find("keeps what it promises") == std::string::npos);
    seen.lessons[0].step = lesson::kFinalStation;
    seen.lessons[0].name = "final_station";
    std::ostringstream out;
    Rows rows{out};
    rows.add(seen.lessons[0]);
    CHECK(out.str().starts_with("11 final_station "));
    const std::string html = to_page(seen);
    CHECK(html.find("The last step") != std::string::npos);
    CHECK(html.find("keeps what it promises") != std::string::npos);
}

TEST_CASE("tour: the numbers as JSON, whatever bytes a program printed") {
    Tour seen = tour_of(check::Verdict::inconclusive);
    seen.lessons[0].findings[0].cause = "it wrote \xFF\xFE";
    const auto json = nlohmann::json::parse(to_json(seen));
    CHECK(json["machine"]["cores"] == "2");
    CHECK(json["steps"][0]["step"] == 5);
    CHECK(json["steps"][0]["verdict"] == "inconclusive");
    CHECK(json["steps"][0]["figures"][0]["id"] == "f");
    CHECK(json["overlay"].empty());
}

TEST_CASE("tour: this machine has a name for everything") {
    for (const auto& [name, value] : this_machine()) {
        CAPTURE(name);
        CHECK_FALSE(value.empty());
    }
}

}  // namespace
}  // namespace station::tour
