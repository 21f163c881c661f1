#include "catch.hpp"

#include <loadgen/tour/predict.hpp>
#include <sstream>

namespace station::tour {
namespace {

lesson::Lesson lesson_of(int step) {
    return {.step = step,
            .name = "x",
            .findings = {{.id = "x", .title = "A title", .what = "p99", .unit = "ms", .cause = "the cause"}}};
}

TEST_CASE("predict: a guess may be written as people write numbers") {
    const lesson::Question& p99 = *lesson::question_of(4);
    const lesson::Question& refused = *lesson::question_of(5);
    const lesson::Question& lost = *lesson::question_of(6);
    CHECK(parse_guess("70", p99) == 70);
    CHECK(parse_guess("70 ms", p99) == 70);
    CHECK(*parse_guess(" 0.07s ", p99) == Approx(70));
    CHECK(*parse_guess("70000 µs", p99) == Approx(70));
    CHECK(*parse_guess("0,5 s", p99) == Approx(500));
    CHECK(parse_guess("1k", refused) == 1000);
    CHECK(parse_guess("1.5K events/s", refused) == 1500);
    CHECK(parse_guess("1,500 /s", refused) == 1500);
    CHECK(parse_guess("50%", refused) == 1500);
    CHECK(parse_guess("50 %", lost) == 50);
    CHECK(parse_guess("10x", *lesson::question_of(lesson::kFinalStation)) == 10);
    CHECK(parse_guess("0", refused) == 0);
}

TEST_CASE("predict: what is no number of that kind is no guess") {
    const lesson::Question& p99 = *lesson::question_of(4);
    for (const char* const nonsense :
         {"", " ", "many", "-3", "70 events/s", "50 %", "1e999", "nan", "1.2.3", "70 ms or so", ".", "ms"}) {
        CAPTURE(nonsense);
        CHECK_FALSE(parse_guess(nonsense, p99));
    }
    CHECK_FALSE(parse_guess("70 ms", *lesson::question_of(5)));
    CHECK_FALSE(parse_guess("10k ms", *lesson::question_of(6)));
}

TEST_CASE("predict: every step has a question, whose example is an answer and whose truth has a name") {
    for (int step = 1; step <= lesson::kFinalStation; ++step) {
        CAPTURE(step);
        const lesson::Question* const question = lesson::question_of(step);
        REQUIRE(question != nullptr);
        CHECK(question->text.ends_with("?"));
        CHECK(parse_guess(question->example.substr(0, question->example.find(',')), *question));
    }
    CHECK(lesson::question_of(12) == nullptr);
}

TEST_CASE("predict: asks once, takes an answer, lets an empty line be, and asks once more after nonsense") {
    const auto answer = [](const std::string& typed, int asked) {
        std::istringstream in{typed};
        std::ostringstream out;
        const auto guess = ask(*lesson::question_of(4), in, out);
        const std::string text = out.str();
        int prompts = 0;
        for (auto at = text.find("(empty: skip)"); at != std::string::npos; at = text.find("(empty: skip)", at + 1)) {
            ++prompts;
        }
        CHECK(prompts == asked);
        return guess;
    };
    CHECK(answer("70 ms\n", 1) == 70);
    CHECK(answer("\n", 1) == std::nullopt);
    CHECK(answer("", 1) == std::nullopt);
    CHECK(answer("dunno\n70\n", 2) == 70);
    CHECK(answer("dunno\nno idea\n70\n", 2) == std::nullopt);
    CHECK(answer("dunno\n\n", 2) == std::nullopt);
}

TEST_CASE("predict: a guess stands beside the truth") {
    lesson::Lesson lesson = lesson_of(4);
    lesson.findings[0].id = "step04.everybody-waits";
    lesson.findings[0].measured = 68;
    const auto text = [&](double guessed) { return to_text(compare(*lesson::question_of(4), guessed, lesson)); };
    CHECK(text(10) == "you guessed 10\xC2\xA0ms, it was 68\xC2\xA0ms: 6.8 times more; why: the cause");
    CHECK(text(680).find(": 10 times less; why") != std::string::npos);
    CHECK(text(66).find(": close; why") != std::string::npos);
    CHECK(text(68).find(": right; why") != std::string::npos);
    CHECK(text(0).find(": not none; why") != std::string::npos);
    lesson.findings[0].measured = 0;
    CHECK(text(5).find(": none at all; why") != std::string::npos);
    const auto figure = guess_figure(compare(*lesson::question_of(4), 10, lesson));
    CHECK(std::get<draw::BarChart>(figure.chart).bars.size() == 2);
    lesson.findings.clear();
    CHECK(text(5).ends_with("could not be measured"));
    CHECK(std::get<draw::BarChart>(guess_figure(compare(*lesson::question_of(4), 5, lesson)).chart).bars.size() == 1);

    // A share of what was processed, and a ratio, are asked for as such.
    lesson::Lesson losses = lesson_of(6);
    losses.findings[0].id = "step06.updates-are-lost";
    losses.findings[0].ratio = 0.875;
    CHECK(compare(*lesson::question_of(6), 50, losses).measured == Approx(87.5));
}

TEST_CASE("predict: a guess is drawn into the graph of the same number, unless it would flatten it") {
    const auto marked = [](double guessed) {
        const draw::Series measured{.name = {.program = "step 7"}, .points = {{1, 900}, {8, 950}}};
        std::vector<draw::Figure> figures{
            {.id = "step07-scaling", .title = "t", .chart = draw::LineChart{.series = {measured}}}};
        mark_guess(figures, {.step = 7, .guessed = guessed, .measured = 950});
        return std::get<draw::LineChart>(figures[0].chart).series.size() == 2;
    };
    CHECK(marked(2000));
    CHECK_FALSE(marked(8000));
}

}  // namespace
}  // namespace station::tour
