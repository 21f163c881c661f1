#include <loadgen/check/lesson.hpp>

#include <array>
#include <cstdio>
#include <loadgen/check/lesson_verdict.hpp>
#include <loadgen/check/lessons.hpp>
#include <loadgen/report/scale.hpp>

namespace station::lesson {
namespace {

using Experiment = void (*)(Lesson&, const Program&, Context&);

constexpr std::array<Experiment, 11> kExperiments{one_at_a_time,       all_at_once,          every_request_answered,
                                                  everybody_waits,     overload_is_refused,  workers_lose_updates,
                                                  one_lock,            many_locks,           counting_costs,
                                                  drain,               durable_station};

std::string two_digits(int step) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "%02d", step);
    return text.data();
}

// What the ids of its findings begin with.
std::string id_of(int step) { return step == kFinalStation ? "final" : "step" + two_digits(step); }

// "bounded_channel" of "step05_bounded_channel".
std::string short_name(int step) {
    if (step == kFinalStation) return "final_station";
    const std::string binary = check::step_binary(step);
    return binary.substr(binary.find('_') + 1);
}

tl::expected<check::Server, std::string> start_command(std::string line, const std::vector<std::string>& options) {
    std::string all;
    for (const std::string& option : options) all += (all.empty() ? "" : " ") + option;
    constexpr std::string_view kPlace = "{options}";
    const auto at = line.find(kPlace);
    at == std::string::npos ? line.append(" " + all) : line.replace(at, kPlace.size(), all);
    auto target = check::Target::start(check::Command{line});
    if (!target) return tl::unexpected(target.error());
    return *std::move(*target).into_server();
}

Lesson attempt(int step, const Program& program, Context& context) {
    Lesson lesson{.step = step, .name = short_name(step)};
    try {
        kExperiments[static_cast<std::size_t>(step - 1)](lesson, program, context);
    } catch (const CannotMeasure& error) {
        if (lesson.headline.empty()) lesson.headline = "This could not be measured";
        lesson.findings.push_back(judge_gain({.id = id_of(step) + ".measured",
                                              .title = "The program can be measured",
                                              .what = "experiments that ran to their end",
                                              .expected = "all of them",
                                              .bound = counted(false),
                                              .cause = error.what(),
                                              .next = "Run it by hand with the commands of the step's README"}));
    }
    if (!program.is_own) excuse_pains(lesson);
    return lesson;
}

}  // namespace

std::string number(double value) { return report::format_number(value); }

Program step_program(const std::string& bin_dir, int step) {
    return {.name = bin_dir + "/" + check::step_binary(step),
            .label = "step " + std::to_string(step),
            .start = [bin_dir, step](const std::vector<std::string>& options) {
                return check::start_step(bin_dir, step, options);
            },
            .is_own = true};
}

Program station_program(const std::string& bin_dir) {
    return {.name = bin_dir + "/station", .label = "the station", .start = {}, .is_own = true};
}

Program to_program(const check::Program& program) {
    if (const auto* const binary = std::get_if<check::StepBinary>(&program)) {
        return step_program(binary->folder, binary->step);
    }
    Program result{.name = check::to_string(program), .label = "this program"};
    if (const auto* const command = std::get_if<check::Command>(&program)) {
        result.start = [line = command->line](const std::vector<std::string>& options) {
            return start_command(line, options);
        };
    } else {
        result.start = [](const std::vector<std::string>&) -> tl::expected<check::Server, std::string> {
            return tl::unexpected(std::string{"a lesson starts and stops the program itself: name it with --cmd"});
        };
    }
    return result;
}

Context::Context(std::string bin) : bin_dir(std::move(bin)), known(std::make_shared<Measurements>()) {}

Lesson run_lesson_once(int step, const Program& program, Context& context) { return attempt(step, program, context); }

Lesson run_lesson(int step, const Program& program, Context& context) {
    const NoiseMeter noise;
    Lesson lesson = attempt(step, program, context);
    if (!is_doubtful(lesson)) return lesson;

    // Measured again, all of it, its neighbours too: two numbers of one ratio belong to one run.
    context.progress("a ratio is not as expected, measuring again");
    *context.known = {};
    const NoiseMeter noise_again;
    lesson = attempt(step, program, context);
    const Noise first = noise.so_far();
    const Noise second = noise_again.so_far();
    reconsider(lesson, first.is_loud() ? first : second);
    return lesson;
}

}  // namespace station::lesson
