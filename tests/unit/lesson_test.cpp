#include "catch.hpp"

#include <cmath>
#include <filesystem>
#include <loadgen/lesson/crash_trial.hpp>
#include <loadgen/lesson/judge.hpp>
#include <loadgen/lesson/load.hpp>
#include <nlohmann/json.hpp>

namespace station::lesson {
namespace {

using namespace std::chrono_literals;

constexpr Bound kGood{.holds = true, .missed_by = 0.5};
constexpr Bound kMissed{.holds = false, .missed_by = 2};

Claim claim(Bound bound) {
    return {.id = "step04.everybody-waits",
            .title = "Asynchronous is not parallel",
            .what = "p99 with 64 clients",
            .measured = 66.4,
            .unit = "ms",
            .ratio = 66.4,
            .expected = "at least 30",
            .bound = bound,
            .shown = "one thread",
            .cause = "many threads",
            .next = "look elsewhere"};
}

Lesson lesson_of(std::vector<Finding> findings) {
    return {.step = 4, .name = "in_task_processing", .findings = std::move(findings)};
}

constexpr Noise kQuiet{.others = 0.1, .processors = 2, .drift = 1.02};
constexpr Noise kLoud{.others = 0.8, .processors = 2, .drift = 1.02};

TEST_CASE("lesson: a claim that holds passes and says why, one that does not says what to do") {
    const Finding good = judge_gain(claim(kGood));
    CHECK(good.verdict == Verdict::pass);
    CHECK(good.cause == "one thread");
    CHECK(good.next.empty());
    const Finding bad = judge_gain(claim(kMissed));
    CHECK(bad.verdict == Verdict::fail);
    CHECK(bad.cause == "many threads");
    CHECK(bad.next == "look elsewhere");
    CHECK(bad.role == Finding::Role::gain);
    CHECK(judge_pain(claim(kMissed)).role == Finding::Role::pain);
}

TEST_CASE("lesson: what a program does not let anybody see is neither passed nor failed, and says why") {
    const Finding unseen = judge_unseen(claim(kGood), "it prints no last line");
    CHECK(unseen.verdict == Verdict::inconclusive);
    CHECK(unseen.cause == "it prints no last line");
    CHECK_FALSE(unseen.next.empty());
    CHECK(unseen.role == Finding::Role::unseen);
    CHECK(doubtful(lesson_of({unseen})).empty());
}

TEST_CASE("lesson: where something has failed, nothing further is wanted, and what is left out is known") {
    Context context{"."};
    Lesson lesson = lesson_of({judge_pain(claim(kMissed))});
    context.so_far = &lesson;
    context.stops = true;
    CHECK(context.wants({"step04.counted"}));  // a pain that does not show stops nothing
    lesson.findings.push_back(judge_gain(claim(counted(false))));
    CHECK_FALSE(context.wants({"step04.overflow"}));
    CHECK(lesson.not_run == std::vector<std::string>{"step04.overflow"});
    CHECK(lesson.stopped);
    context.stops = false;
    CHECK(context.wants({"step04.overflow"}));
    context.done = {"step04.overflow"};
    CHECK_FALSE(context.wants({"step04.overflow"}));
}

TEST_CASE("lesson: a bound knows by what factor it was missed") {
    CHECK(at_least(40, 20).holds);
    CHECK(at_least(40, 20).missed_by == 0.5);
    CHECK_FALSE(at_least(10, 20).holds);
    CHECK(at_least(10, 20).missed_by == 2);
    CHECK_FALSE(at_least(0, 20).holds);
    CHECK(std::isinf(at_least(0, 20).missed_by));
    CHECK(at_most(0.1, 0.2).holds);
    CHECK_FALSE(at_most(0.6, 0.2).holds);
    CHECK(at_most(0.6, 0.2).missed_by == Approx(3));
    CHECK(counted(true).missed_by == 0);
    CHECK(std::isinf(counted(false).missed_by));
    CHECK_FALSE(both(at_least(40, 20), at_most(4, 2)).holds);
    CHECK(both(at_least(40, 20), at_most(4, 2)).missed_by == 2);
    CHECK(both(at_least(40, 20), at_most(1, 2)).holds);
}

TEST_CASE("lesson: noise is other people's half core, or work that takes a third longer than before") {
    CHECK_FALSE(kQuiet.is_loud());
    CHECK(kLoud.is_loud());
    CHECK(Noise{.others = 0, .processors = 2, .drift = 1.4}.is_loud());
    CHECK_FALSE(Noise{.others = 0.8, .processors = 64, .drift = 1}.is_loud());  // nothing on a big machine
    CHECK(Noise{.others = 8, .processors = 64, .drift = 1}.is_loud());
}

TEST_CASE("lesson: the noise meter does not take our own work for somebody else's") {
    const NoiseMeter meter;
    const auto until = std::chrono::steady_clock::now() + 30ms;
    while (std::chrono::steady_clock::now() < until) {
    }
    const Noise noise = meter.so_far();
    CHECK(noise.processors >= 1);
    CHECK(noise.drift >= 1);
    CHECK(noise.others >= 0);
}

TEST_CASE("lesson: only a timed failure is worth another try") {
    CHECK(doubtful(lesson_of({judge_gain(claim(kGood))})).empty());
    CHECK_FALSE(doubtful(lesson_of({judge_gain(claim(kGood)), judge_pain(claim(kMissed))})).empty());
    CHECK(doubtful(lesson_of({judge_gain(claim(counted(false)))})).empty());
}

Lesson judged_alone(const Lesson& measured, const Noise& noise, bool is_own) {
    return judged(measured, noise, nullptr, is_own);
}

TEST_CASE("lesson: on a loud machine a timed failure is inconclusive, a counted one stays a failure") {
    const Lesson measured = lesson_of({judge_gain(claim(kMissed)), judge_gain(claim(counted(false))),
                                       judge_gain(claim(kGood)), judge_gain(claim(at_least(1, 20)))});
    CHECK(judged_alone(measured, kQuiet, false).findings[0].verdict == Verdict::fail);
    const Lesson lesson = judged_alone(measured, kLoud, false);
    CHECK(lesson.findings[0].verdict == Verdict::inconclusive);
    CHECK(lesson.findings[0].cause.find("0.8 of 2 cores") != std::string::npos);
    CHECK(lesson.findings[1].verdict == Verdict::fail);
    CHECK(lesson.findings[2].verdict == Verdict::pass);
    CHECK(lesson.findings[3].verdict == Verdict::fail);  // no noise makes 20 times into once
}

TEST_CASE("lesson: on a loud machine nothing that is timed speaks against the repository's own step") {
    const Lesson measured = lesson_of(
        {judge_gain(claim(at_least(1, 20))), judge_gain(claim(counted(false))), judge_pain(claim(by_chance(false)))});
    CHECK(judged_alone(measured, kQuiet, true).findings[2].verdict == Verdict::fail);
    const Lesson lesson = judged_alone(measured, kLoud, true);
    CHECK(lesson.findings[0].verdict == Verdict::inconclusive);
    CHECK(lesson.findings[1].verdict == Verdict::fail);
    CHECK(lesson.findings[2].verdict == Verdict::inconclusive);
}

// Of a program that came to `bound` where the repository's own step came to `own`, on a quiet machine.
Finding calibrated(Bound bound, Bound own) {
    const Lesson reference = lesson_of({judge_gain(claim(own))});
    return judged(lesson_of({judge_gain(claim(bound))}), kQuiet, &reference, false).findings[0];
}

TEST_CASE("lesson: what the repository's own step misses as well is the machine's fault") {
    const Finding shared = calibrated(kMissed, kMissed);
    CHECK(shared.verdict == Verdict::inconclusive);
    CHECK(shared.cause.find("own step, measured in the same run, came to 66.4 ms") != std::string::npos);
    const Finding alone = calibrated(kMissed, kGood);
    CHECK(alone.verdict == Verdict::fail);
    CHECK(alone.cause.starts_with("many threads (the repository's own step"));

    // A machine that eats nearly all of what the own step has in hand can't tell three times as much from wrong.
    const Finding hardly = calibrated(at_most(20, 10), at_most(9, 10));
    CHECK(hardly.verdict == Verdict::inconclusive);
    CHECK(hardly.cause.ends_with(", hardly as expected"));
    CHECK(calibrated(at_most(28, 10), at_most(9, 10)).verdict == Verdict::fail);

    // Who usually has more in hand says so earlier.
    CHECK(calibrated(at_most(16, 10, 0.25), at_most(7, 10, 0.25)).verdict == Verdict::inconclusive);
    CHECK(calibrated(at_most(16, 10, 0.25), at_most(7, 10)).verdict == Verdict::fail);

    CHECK(calibrated(at_most(20, 1), kMissed).verdict == Verdict::fail);  // by far more than the own step
    CHECK(calibrated(counted(false), kMissed).verdict == Verdict::fail);  // a count is a count
}

TEST_CASE("lesson: what a quiet machine was judged by can be judged again, and stays excused") {
    const Lesson measured = lesson_of({judge_pain(claim(kMissed)), judge_gain(claim(kMissed))});
    const Lesson reference = lesson_of({judge_gain(claim(kGood))});
    const Lesson first = judged(measured, Noise{}, nullptr, false);
    const Lesson again = judged(first, kLoud, &reference, false);
    const Lesson at_once = judged(measured, kLoud, &reference, false);
    for (std::size_t i = 0; i < measured.findings.size(); ++i) {
        CHECK(again.findings[i].verdict == at_once.findings[i].verdict);
        CHECK(again.findings[i].expected == at_once.findings[i].expected);
        CHECK(again.findings[i].cause == at_once.findings[i].cause);
    }
    CHECK(again.findings[0].verdict == Verdict::pass);
}

TEST_CASE("lesson: what is measured again takes the place of what was doubtful, and nothing else's") {
    Claim other = claim(kGood);
    other.id = "step04.other";
    Lesson lesson = lesson_of({judge_gain(other), judge_gain(claim(kMissed))});
    CHECK(doubtful(lesson) == std::set<std::string>{"step04.everybody-waits"});
    replace(lesson, lesson_of({judge_gain(claim(kGood))}));
    REQUIRE(lesson.findings.size() == 2);
    CHECK(lesson.findings[0].id == "step04.other");
    CHECK(overall(lesson) == Verdict::pass);
}

TEST_CASE("lesson: only the experiments that are wanted are made") {
    Context context{"/nowhere"};
    CHECK(context.wants({"step05.says-no"}));
    context.wanted = {"step05.says-no"};
    CHECK(context.wants({"step05.replies-stay-fast", "step05.says-no"}));
    CHECK_FALSE(context.wants({"step05.memory-is-flat"}));
}

TEST_CASE("lesson: the whole is as bad as its worst finding") {
    Lesson lesson = lesson_of({judge_gain(claim(kGood)), judge_gain(claim(kMissed))});
    CHECK(overall(lesson) == Verdict::fail);
    CHECK(overall(judged_alone(lesson, kLoud, false)) == Verdict::inconclusive);
    lesson.findings.pop_back();
    CHECK(overall(lesson) == Verdict::pass);
}

TEST_CASE("lesson: a program that lacks the pain is excused, one that lacks the gain is not") {
    const Lesson measured = lesson_of({judge_pain(claim(kMissed)), judge_gain(claim(kMissed))});
    const Lesson lesson = judged_alone(measured, kQuiet, false);
    CHECK(judged_alone(measured, kQuiet, true).findings[0].verdict == Verdict::fail);
    CHECK(lesson.findings[0].verdict == Verdict::pass);
    CHECK(lesson.findings[0].expected == "at least 30; this program does better");
    CHECK(lesson.findings[1].verdict == Verdict::fail);
}

TEST_CASE("lesson: a verdict in words") {
    CHECK(to_text(judge_gain(claim(kGood))) ==
          "PASS step04.everybody-waits: p99 with 64 clients: 66.4 ms (66.4×, expected at least 30)");
    CHECK(to_text(judge_gain(claim(kMissed))) ==
          "FAIL step04.everybody-waits: p99 with 64 clients: 66.4 ms (66.4×, expected at least 30)\n"
          "     cause: many threads\n     next: look elsewhere");
}

TEST_CASE("lesson: a verdict as data") {
    const auto json = to_json(lesson_of({judge_gain(claim(kMissed))}));
    CHECK(json["step"] == 4);
    CHECK(json["verdict"] == "fail");
    CHECK(json["findings"][0]["id"] == "step04.everybody-waits");
    CHECK(json["findings"][0]["ratio"] == 66.4);
    CHECK(json["findings"][0]["next"] == "look elsewhere");
}

TEST_CASE("lesson: the counts are the last line of standard error that has any") {
    const auto counts = parse_counts("a log line\n{\"received\":10,\"processed\":7,\"dropped\":2}\n");
    REQUIRE(counts.has_value());
    CHECK(counts->received == 10);
    CHECK(counts->processed == 7);
    CHECK(counts->dropped == 2);
    CHECK(parse_counts("{\"received\":1,\"processed\":1,\"dropped\":0}\n{\"received\":2,\"processed\":2,\"dropped\":0}")
              ->received == 2);
    CHECK_FALSE(parse_counts("").has_value());
    CHECK_FALSE(parse_counts("\n\n").has_value());
    CHECK_FALSE(parse_counts("{\"received\":1}").has_value());
    CHECK_FALSE(parse_counts("{\"received\":1,\"processed\":-1,\"dropped\":0}").has_value());
}

TEST_CASE("lesson: counters are JSON, with blanks and in any order, behind a logger's prefix") {
    const auto counts = parse_counts("INFO root: {\"dropped\": 2, \"received\" : 10, \"processed\": 7}\nbye\n");
    REQUIRE(counts.has_value());
    CHECK(counts->received == 10);
    CHECK(counts->dropped == 2);
    CHECK(integer_in("{ \"status\": \"ok\", \"balance\": -5 }", "balance") == -5);
    CHECK_FALSE(integer_in("{\"balance\":\"5\"}", "balance").has_value());
    CHECK_FALSE(integer_in("", "balance").has_value());
}

// Slices of 100 ms that served `per_slice` events each.
hammer::Result run_of(const std::vector<std::uint64_t>& per_slice) {
    hammer::Result result;
    for (std::size_t i = 0; i < per_slice.size(); ++i) {
        hammer::Sample sample;
        sample.at = 100ms * (static_cast<int>(i) + 1);
        sample.replies.accepted = per_slice[i];
        sample.replies.server_busy = 2 * per_slice[i];
        sample.p50 = 1'000'000 * (i + 1);
        sample.p99 = 2'000'000 * (i + 1);
        result.series.push_back(sample);
    }
    return result;
}

TEST_CASE("lesson: rates leave out how a run begins and ends") {
    const Rates rates = steady_rates(run_of({900, 900, 100, 100, 100, 7777}), 500ms);
    CHECK(rates.served == Approx(1000));
    CHECK(rates.rejected == Approx(2000));
    CHECK_THROWS_AS(steady_rates(run_of({1}), 100ms), CannotMeasure);
}

TEST_CASE("lesson: latencies count from when all clients are in") {
    const Latency latency = steady_latency(run_of({5, 5, 5, 5, 0, 5}), 200ms, 500ms);
    CHECK(latency.p50 == Approx(4));  // the slices of 3 and 4 ms; the fifth had no reply, the sixth came too late
    CHECK(latency.p99 == Approx(8));
}

TEST_CASE("lesson: the median is the middle one") {
    CHECK(median({}) == 0);
    CHECK(median({3}) == 3);
    CHECK(median({9, 1, 5}) == 5);
    CHECK(median({1, 2, 3, 4}) == 3);
}

TEST_CASE("lesson: a program that does not start is a failure with a reason, and a server that runs can't be started") {
    Context context{"/nowhere"};
    const Lesson lesson = run_lesson(4, step_program("/nowhere", 4), context);
    REQUIRE(lesson.findings.size() == 1);
    CHECK(lesson.findings[0].id == "step04.measured");
    CHECK(lesson.findings[0].verdict == Verdict::fail);
    CHECK(lesson.findings[0].cause.find("/nowhere/step04_in_task_processing") != std::string::npos);
    CHECK(overall(run_lesson(3, to_program(target::RunningServer{1}), context)) == Verdict::fail);
}

TEST_CASE("lesson: what a witness was told and what the log holds are compared event by event") {
    struct Case {
        const char* name;
        std::vector<std::uint64_t> offsets;  // acknowledged
        std::vector<Found> log;
        double found, repeated, disordered;
    };
    const Case cases[] = {
        {"all there, and one more that nobody answered", {10, 12}, {{10, 1}, {12, 2}, {13, 3}}, 2, 0, 0},
        {"nothing acknowledged, nothing there", {}, {}, 0, 0, 0},
        {"one lost", {10, 12}, {{10, 1}}, 1, 0, 0},
        {"at another offset", {10, 12}, {{10, 1}, {11, 2}}, 1, 0, 0},
        {"twice", {10}, {{10, 1}, {11, 1}}, 1, 1, 0},
        {"in another order", {10, 9}, {{9, 2}, {10, 1}}, 2, 0, 1},
    };
    for (const Case& one : cases) {
        CAPTURE(one.name);
        const Verification seen = verify({.name = "w", .sent = 3, .offsets = one.offsets}, one.log);
        CHECK(seen.acknowledged == static_cast<double>(one.offsets.size()));
        CHECK(seen.found == one.found);
        CHECK(seen.repeated == one.repeated);
        CHECK(seen.disordered == one.disordered);
        CHECK(seen.holds() == (one.found == seen.acknowledged && one.repeated + one.disordered == 0));
    }
}

TEST_CASE("lesson: a station that does not start is a failure with a reason") {
    Context context{"/nowhere"};
    context.data_dir = std::filesystem::temp_directory_path().string();
    const Lesson lesson = run_lesson(kFinalStation, station_program("/nowhere"), context);
    REQUIRE(lesson.findings.size() == 1);
    CHECK(lesson.name == "final_station");
    CHECK(lesson.findings[0].id == "final.measured");
    CHECK(lesson.findings[0].cause.find("/nowhere/station") != std::string::npos);
}

TEST_CASE("lesson: a command gets the options where it says {options}, or at its end") {
    for (const char* const line :
         {"printf '%s ' --port {port} {options} >&2; exit 1", "exec printf '%s ' {port} >&2"}) {
        const auto started = to_program(target::Command{line}).start({"--work", "sleep:1ms"});
        REQUIRE_FALSE(started.has_value());
        CAPTURE(started.error());
        CHECK(started.error().find("--work sleep:1ms") != std::string::npos);
    }
}

}  // namespace
}  // namespace station::lesson
