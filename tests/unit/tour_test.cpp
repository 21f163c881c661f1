#include "catch.hpp"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <loadgen/tour/compare.hpp>
#include <loadgen/tour/history.hpp>
#include <loadgen/tour/tour.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

namespace station::tour {
namespace {

lesson::Finding finding(const std::string& what, lesson::Verdict verdict) {
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

Tour tour_of(lesson::Verdict verdict) {
    return {.machine = {{"cores", "2"}},
            .when = "2026-01-01 00:00 UTC",
            .seconds = 12,
            .lessons = {{.step = 5,
                         .name = "bounded_channel",
                         .headline = "Head & line",
                         .findings = {finding("p99 <b>", lesson::Verdict::pass), finding("memory", verdict)},
                         .figures = {{.id = "f", .title = "A figure", .about = "a", .chart = draw::LineChart{}}},
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
    for (const auto verdict : {lesson::Verdict::pass, lesson::Verdict::fail}) {
        std::ostringstream out;
        Rows rows{out};
        rows.begin();
        rows.add(tour_of(verdict).lessons[0]);
        rows.end();
        const std::string text = out.str();
        CHECK(text.find(" 5 bounded_channel") != std::string::npos);
        CHECK(text.find("0.072×") != std::string::npos);
        CHECK((text.find("next: the next move") != std::string::npos) == (verdict == lesson::Verdict::fail));
        std::istringstream lines{text};
        std::string row;
        while (row.find("bounded_channel") == std::string::npos) REQUIRE(std::getline(lines, row));
        CHECK(row.ends_with(lesson::to_string(verdict)));
    }
}

TEST_CASE("tour: the page shows every step, and escapes what it shows") {
    const std::string html = to_page(tour_of(lesson::Verdict::fail));
    for (const char* const part : {"Head &amp; line", "p99 &lt;b&gt;", "./dev run 5 &gt; file", "href=\"#step-5\"",
                                   "id=\"step-5\"", "the next move", "A &lt;title&gt;", "<dt>cores</dt><dd>2</dd>"}) {
        CAPTURE(part);
        CHECK(html.find(part) != std::string::npos);
    }
    CHECK(html.find("<b>") == std::string::npos);
}

TEST_CASE("tour: the last step has a row and a section, too") {
    Tour seen = tour_of(lesson::Verdict::pass);
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
    Tour seen = tour_of(lesson::Verdict::inconclusive);
    seen.lessons[0].findings[0].cause = "it wrote \xFF\xFE";
    const auto json = nlohmann::json::parse(to_json(seen));
    CHECK(json["machine"]["cores"] == "2");
    CHECK(json["steps"][0]["step"] == 5);
    CHECK(json["steps"][0]["verdict"] == "inconclusive");
    CHECK(json["steps"][0]["figures"][0]["id"] == "f");
    CHECK(json["overlay"].empty());
}

draw::Figure line(const std::string& id, std::vector<draw::Series> series) {
    return {.id = id,
            .title = "t",
            .about = "a",
            .chart = draw::LineChart{.x = {.label = "workers"},
                                     .y = {.label = "done", .unit = "events/s"},
                                     .series = std::move(series)}};
}

lesson::Lesson lesson_of(int step, std::vector<draw::Figure> figures) {
    return {.step = step,
            .name = "x",
            .findings = {finding("p99", lesson::Verdict::pass)},
            .figures = std::move(figures)};
}

const draw::LineChart& lines(const draw::Figure& figure) { return std::get<draw::LineChart>(figure.chart); }

TEST_CASE("tour: the learner's line lies on the step's own, and a sentence compares them") {
    auto shown = lesson_of(
        7, {line("a", {{.name = {.program = "step 6", .whose = draw::Whose::neighbour}, .points = {{1, 1}, {8, 800}}},
                       {.name = {.kind = "throughput"}, .points = {{1, 1}, {8, 100}}},
                       {.name = {.kind = "model"}, .points = {{1, 1}, {8, 8}}, .role = draw::Role::model}})});
    const auto yours =
        lesson_of(7, {line("a", {{.name = {.program = "step 6", .whose = draw::Whose::neighbour}, .points = {{8, 790}}},
                                 {.name = {.program = "yours"}, .points = {{8, 250}}}})});
    lay_over(shown, yours, draw::Whose::yours);
    REQUIRE(shown.figures.size() == 1);
    const auto& series = lines(shown.figures[0]).series;
    REQUIRE(series.size() == 4);  // what the learner's program was compared with is there already
    CHECK(series[1].name.text() == "step 7");
    CHECK(series[2].name.text() == "model");
    CHECK(series[3].name.text() == "yours");
    CHECK(series[3].name.whose == draw::Whose::yours);
    CHECK(series[3].points[0].y == 250);
    CHECK(shown.figures[0].compares ==
          "With 8 workers, step 6: 800\xC2\xA0"
          "events/s, step 7: 100\xC2\xA0"
          "events/s, yours: 250\xC2\xA0"
          "events/s. Yours is 2.5 times step 7's.");

    // Step 6 is there already; another name that only begins like it is not.
    const auto before =
        lesson_of(7, {line("a", {{.name = {.program = "step 6", .whose = draw::Whose::neighbour}, .points = {{8, 801}}},
                                 {.name = {.program = "step 6"}, .points = {{8, 802}}}})});
    lay_over(shown, before, draw::Whose::before);
    CHECK(lines(shown.figures[0]).series.size() == 4);
    auto tenth =
        lesson_of(2, {line("a", {{.name = {.program = "step 10", .whose = draw::Whose::neighbour}, .points = {{8, 1}}},
                                 {.name = {.program = "step 2"}, .points = {{8, 1}}}})});
    lay_over(tenth, lesson_of(2, {line("a", {{.name = {.program = "step 1"}, .points = {{8, 3}}}})}),
             draw::Whose::before);
    CHECK(lines(tenth.figures[0]).series.size() == 3);
}

TEST_CASE("tour: where a step has several lines, each is told by program and by kind") {
    const std::vector<draw::Series> both{{.name = {.kind = "accepted"}, .points = {{3000, 1000}}},
                                         {.name = {.kind = "rejected"},
                                          .color = draw::Color::red,
                                          .points = {{3000, 2000}}}};
    auto shown = lesson_of(5, {line("a", both)});
    lay_over(shown, lesson_of(5, {line("a", both)}), draw::Whose::yours);
    lay_over(shown, lesson_of(5, {line("a", both)}), draw::Whose::before);
    std::string labels;
    for (const auto& series : lines(shown.figures[0]).series) labels += series.name.text() + "; ";
    CHECK(labels ==
          "step 5, accepted; step 5, rejected; yours, accepted; yours, rejected; step 4, accepted; step 4, rejected; ");
    CHECK(lines(shown.figures[0]).series[3].color == draw::Color::red);
}

TEST_CASE("tour: rows and long bars get a graph of their own beside the step's, on the same scale") {
    const auto crowd = [](double last) {
        return draw::Figure{.id = "who",
                            .title = "Who",
                            .chart = draw::GanttChart{.time = {.label = "time", .unit = "ms"},
                                                      .row_label = "client",
                                                      .rows = {{0, 1, last}}}};
    };
    auto shown = lesson_of(2, {crowd(100)});
    lay_over(shown, lesson_of(2, {crowd(120)}), draw::Whose::yours);
    lay_over(shown, lesson_of(2, {crowd(5000)}), draw::Whose::before);
    REQUIRE(shown.figures.size() == 3);
    CHECK(shown.figures[1].id == "who-before");
    CHECK(shown.figures[2].id == "who-yours");
    CHECK(base_id(shown.figures[2].id) == "who");
    CHECK(std::get<draw::GanttChart>(shown.figures[0].chart).time.to == 5000);
    CHECK(std::get<draw::GanttChart>(shown.figures[1].chart).time.to == 5000);
    CHECK(shown.figures[2].title == "yours: Who");

    draw::BarChart bars{.parts = {{.label = "right"}}};
    for (int i = 0; i < 9; ++i) bars.bars.push_back({.name = {.kind = "kind"}, .values = {1}});
    auto kinds = lesson_of(3, {{.id = "kinds", .title = "t", .chart = bars}});
    lay_over(kinds, lesson_of(3, {{.id = "kinds", .title = "t", .chart = bars}}), draw::Whose::yours);
    CHECK(kinds.figures.size() == 2);
}

TEST_CASE("tour: a few bars fit into the step's own graph") {
    const auto chart = [](const std::string& program, double lost) {
        return draw::Figure{.id = "hot",
                            .title = "t",
                            .chart =
                                draw::BarChart{.parts = {{.label = "kept"},
                                                         {.label = "lost", .meaning = draw::Meaning::loss}},
                                               .bars = {{.name = {.program = "step 6", .whose = draw::Whose::neighbour},
                                                         .values = {10, 90}},
                                                        {.name = {.program = program}, .values = {100 - lost, lost}}}}};
    };
    auto shown = lesson_of(7, {chart("step 7", 0)});
    lay_over(shown, lesson_of(7, {chart("yours", 38)}), draw::Whose::yours);
    REQUIRE(shown.figures.size() == 1);
    CHECK(std::get<draw::BarChart>(shown.figures[0].chart).bars.size() == 3);
    CHECK(shown.figures[0].compares.find("Lost, step 6: 90, step 7: 0, yours: 38.") == 0);
}

// A file that goes with the test.
class TemporaryFile {
  public:
    explicit TemporaryFile(const std::string& text) {
        const int descriptor = ::mkstemp(name_.data());
        REQUIRE(descriptor >= 0);
        ::close(descriptor);
        std::ofstream{name_} << text;
    }
    ~TemporaryFile() { std::filesystem::remove(name_); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    const std::string& name() const { return name_; }

  private:
    std::string name_ = (std::filesystem::temp_directory_path() / "history-XXXXXX").string();
};

std::string run_line(const std::string& program, double measured, const std::string& verdict) {
    return R"({"time":"2026-03-01T12:00:00Z","step":5,"program":")" + program + R"(","verdict":")" + verdict +
           R"(","seconds":1,"findings":[{"id":"step05.x","measured":)" + std::to_string(measured) +
           R"(,"unit":"ms","ratio":1,"verdict":")" + verdict + "\"}]}\n";
}

TEST_CASE("tour: a history with lines that make no sense loses only those") {
    const TemporaryFile file{
        run_line("skeleton", 66, "fail") + "garbage\n[1,2]\n\n{\"step\":5}\n" + run_line("work", 2, "pass") +
        R"({"time":"t","step":"codec","program":"work","verdict":"pass","findings":[]})" + "\n" + "{\"time\":\"2026"};
    const lesson::History history = lesson::read_history(file.name());
    CHECK(history.runs.size() == 3);
    CHECK(history.skipped == 4);
    CHECK(lesson::read_history("/no/such/file").runs.empty());

    const auto figure = history_figure(history, tour_of(lesson::Verdict::pass).lessons[0]);
    REQUIRE(figure);
    CHECK(figure->says == "The last run: 2\xC2\xA0ms, pass; the first of 2: 66\xC2\xA0ms, fail");
    CHECK(figure->about.find("4 lines of the history made no sense") != std::string::npos);
    const auto& series = lines(*figure).series;
    REQUIRE(series.size() == 2);
    CHECK(series[0].name.text() == "yours");
    CHECK(series[0].points[0].x == 2);
    CHECK(series[0].points[0].outcome == draw::Outcome::pass);
    CHECK(series[1].points[0].outcome == draw::Outcome::fail);
    const lesson::History alone{
        .runs = {{.time = "t", .step = 5, .program = "reference", .findings = {{.id = "step05.x"}}}}};
    CHECK_FALSE(history_figure(alone, tour_of(lesson::Verdict::pass).lessons[0]));
    auto other = tour_of(lesson::Verdict::pass).lessons[0];
    other.step = 6;
    CHECK_FALSE(history_figure(history, other));
}

TEST_CASE("tour: what it adds to the history it can read again") {
    const TemporaryFile file{run_line("work", 3, "fail")};
    const auto findings = lesson::to_history(tour_of(lesson::Verdict::inconclusive).lessons[0].findings);
    lesson::Run run{.step = 5,
                    .program = "work",
                    .by_tour = true,
                    .verdict = lesson::Verdict::inconclusive,
                    .seconds = 7.14,
                    .findings = findings};
    REQUIRE(lesson::append(file.name(), run));
    run.program = "reference";
    REQUIRE(lesson::append(file.name(), run));
    const lesson::History history = lesson::read_history(file.name());
    CHECK(history.skipped == 0);
    REQUIRE(history.runs.size() == 3);
    CHECK(history.runs[1].step == 5);
    CHECK(history.runs[1].program == "work");
    CHECK(history.runs[1].by_tour);
    CHECK(history.runs[1].verdict == lesson::Verdict::inconclusive);
    CHECK(history.runs[1].seconds == Approx(7.1));
    CHECK(history.runs[1].findings[0].measured == Approx(4.78));
    CHECK(history.runs[1].findings[0].ratio == Approx(0.072));
    CHECK(history.runs[2].program == "reference");
    CHECK_FALSE(lesson::append("/no/such/folder/file", run));
}

TEST_CASE("tour: of a line that the course wrote what has no number is left out, and the line stays") {
    const TemporaryFile file{R"({"time":"t","step":"cursor","program":"work","verdict":"fail","seconds":1,"findings":[)"
                             R"({"id":"piece.wakes","title":"It wakes","verdict":"fail","cause":"it sleeps"},)"
                             R"({"id":"explore.x","measured":null,"unit":null,"ratio":null,"verdict":"fail"},)"
                             R"({"id":"cursor.rate","measured":3,"unit":"events/s","ratio":2.5,"verdict":"pass"}]})"
                             "\n"};
    const lesson::History history = lesson::read_history(file.name());
    CHECK(history.skipped == 0);
    REQUIRE(history.runs.size() == 1);
    CHECK(history.runs[0].step == 0);
    CHECK_FALSE(history.runs[0].by_tour);
    REQUIRE(history.runs[0].findings.size() == 1);
    CHECK(history.runs[0].findings[0].id == "cursor.rate");
    CHECK(history.runs[0].findings[0].measured == 3);
}

TEST_CASE("tour: a line of the history has the keys of the schema, in their order") {
    const lesson::Run run{
        .time = "2026-03-01T12:00:00Z",
        .step = 5,
        .program = "work",
        .verdict = lesson::Verdict::pass,
        .seconds = 7.14,
        .findings = {{.id = "a", .measured = 2.5, .unit = "ms", .ratio = 0.5, .verdict = lesson::Verdict::pass}}};
    const std::string rest = R"("verdict":"pass","seconds":7.1,"findings":[{"id":"a","measured":2.5,"unit":"ms",)"
                             R"("ratio":0.5,"verdict":"pass"}]})"
                             "\n";
    CHECK(lesson::to_line(run) == R"({"time":"2026-03-01T12:00:00Z","step":5,"program":"work",)" + rest);
    lesson::Run toured = run;
    toured.by_tour = true;
    CHECK(lesson::to_line(toured) == R"({"time":"2026-03-01T12:00:00Z","step":5,"program":"tour","of":"work",)" + rest);
    CHECK(lesson::to_line({}).starts_with(R"({"time":"20)"));
}

Loop loop_of(int requests, int late, double seconds) {
    Loop loop{.rate = requests / seconds, .seconds = seconds, .paused = 0.3};
    constexpr std::uint64_t kMs = 1'000'000;
    for (auto* const histogram : {&loop.result.latency, &loop.result.from_sending}) {
        histogram->record(kMs / 20, static_cast<std::uint64_t>(requests - late));
        histogram->record(300 * kMs, static_cast<std::uint64_t>(late));
    }
    loop.result.replies.accepted = static_cast<std::uint64_t>(requests);
    return loop;
}

TEST_CASE("tour: the two loops are told with their figures, on the same scale") {
    const Loops loops = describe_loops(loop_of(10'000, 1, 2), loop_of(10'000, 1'500, 2));
    REQUIRE(loops.figures.size() == 2);
    CHECK(lines(loops.figures[0]).y.to == lines(loops.figures[1]).y.to);
    CHECK(lines(loops.figures[0]).y.from == lines(loops.figures[1]).y.from);
    for (const char* const part : {"5,000 requests a second", "coordinated omission", "15\xC2\xA0%", "0.01\xC2\xA0%"}) {
        CAPTURE(part);
        CHECK(loops.text.find(part) != std::string::npos);
    }
    // The model of the closed loop: one request, the slowest, waits for the whole pause.
    const auto& model = lines(loops.figures[0]).series.back();
    CHECK(model.role == draw::Role::model);
    CHECK(model.points.back().y == Approx(300));
    CHECK(model.points[model.points.size() - 2].y < 1);
    CHECK(loops.text.find("could not keep up") == std::string::npos);
    CHECK(describe_loops(loop_of(10'000, 1, 2), loop_of(5'000, 100, 2)).text.find("could not keep up") !=
          std::string::npos);
}

TEST_CASE("tour: guesses, the learner's program and its history are in the page and in the numbers") {
    Tour seen = tour_of(lesson::Verdict::pass);
    auto& beside = seen.beside[5];
    beside.guess = Guess{.step = 5, .question = "How <many>?", .unit = "ms", .guessed = 10, .measured = 5};
    beside.yours = tour_of(lesson::Verdict::fail).lessons[0];
    beside.figures = {guess_figure(*beside.guess)};
    seen.loops = describe_loops(loop_of(100, 1, 2), loop_of(100, 15, 2));
    const std::string html = to_page(seen);
    for (const char* const part : {"You guessed 10", "How &lt;many&gt;?", "id=\"yours.step05.x\"", "id=\"loops-open\"",
                                   "Your program under the same load", "id=\"guess-5\""}) {
        CAPTURE(part);
        CHECK(html.find(part) != std::string::npos);
    }
    const auto json = nlohmann::json::parse(to_json(seen));
    CHECK(json["guesses"][0]["guess"] == 10);
    CHECK(json["guesses"][0]["measured"] == 5);
    CHECK(json["guesses"][0]["ratio"] == 0.5);
    CHECK(json["yours"][0]["verdict"] == "fail");
    CHECK(json["loops"][1]["id"] == "loops-open");
}

TEST_CASE("tour: this machine has a name for everything") {
    for (const auto& [name, value] : this_machine()) {
        CAPTURE(name);
        CHECK_FALSE(value.empty());
    }
}

}  // namespace
}  // namespace station::tour
