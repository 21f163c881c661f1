#include <loadgen/check/lesson.hpp>

#include <array>
#include <cstdio>
#include <loadgen/check/lesson_verdict.hpp>
#include <loadgen/check/lessons.hpp>
#include <loadgen/report/scale.hpp>

namespace station::lesson {
namespace {

using Experiment = Lesson (*)(const Program&, Context&);

constexpr std::array<Experiment, 10> kExperiments{one_at_a_time,       all_at_once,          every_request_answered,
                                                  everybody_waits,     overload_is_refused,  workers_lose_updates,
                                                  one_lock,            many_locks,           counting_costs,
                                                  drain};

std::string two_digits(int step) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "%02d", step);
    return text.data();
}

// "bounded_channel" of "step05_bounded_channel".
std::string short_name(int step) {
    const std::string binary = check::step_binary(step);
    return binary.substr(binary.find('_') + 1);
}

Lesson attempt(int step, const Program& program, Context& context) {
    Lesson lesson;
    try {
        lesson = kExperiments[static_cast<std::size_t>(step - 1)](program, context);
    } catch (const CannotMeasure& error) {
        lesson.step = step;
        lesson.headline = "This could not be measured";
        lesson.findings.push_back(judge_gain({.id = "step" + two_digits(step) + ".measured",
                                              .title = "The program can be measured",
                                              .what = "experiments that ran to their end",
                                              .expected = "the program starts, answers and ends",
                                              .cause = error.what(),
                                              .next = "Run it by hand with the commands of the step's README"},
                                             Evidence::counted));
    }
    lesson.name = short_name(step);
    return lesson;
}

}  // namespace

std::string number(double value) { return report::format_number(value); }

std::string label_of(const Program& program) {
    int step = 0;
    if (program.is_own && std::sscanf(program.name.c_str(), "step%2d", &step) == 1) return "step " + std::to_string(step);
    return "this program";
}

Program step_program(const std::string& bin_dir, int step) {
    return {.name = check::step_binary(step),
            .start = [bin_dir, step](const std::vector<std::string>& options) {
                return check::start_step(bin_dir, step, options);
            },
            .is_own = true};
}

Context::Context(std::string bin) : bin_dir(std::move(bin)), known(std::make_shared<Measurements>()) {}

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
