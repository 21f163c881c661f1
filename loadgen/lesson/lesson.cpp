#include <loadgen/lesson/lesson.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <loadgen/draw/scale.hpp>
#include <loadgen/lesson/experiments.hpp>
#include <loadgen/lesson/judge.hpp>
#include <loadgen/lesson/observer.hpp>
#include <optional>

namespace station::lesson {
namespace {

using Experiment = void (*)(Lesson&, const Program&, Context&);

constexpr std::array<Experiment, 11> kExperiments{one_at_a_time,   all_at_once,         every_request_answered,
                                                  everybody_waits, overload_is_refused, workers_lose_updates,
                                                  one_lock,        many_locks,          counting_costs,
                                                  drain,           durable_station};

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
    const std::string binary = target::step_binary(step);
    return binary.substr(binary.find('_') + 1);
}

// An experiment may say more than was asked for.
void keep_wanted(Lesson& lesson, const Context& context) {
    if (context.wanted.empty()) return;
    std::erase_if(lesson.findings, [&](const Finding& finding) {
        const bool always = finding.id.ends_with(".measured") || finding.id.ends_with(".crashed");
        return !context.wanted.contains(finding.id) && !always;
    });
}

// A program that crashed: that comes first, and it explains whatever else went wrong.
void tell_of_crash(Lesson& lesson, const std::string& death, const Context& context) {
    std::erase_if(lesson.findings, [](const Finding& finding) { return finding.id.ends_with(".measured"); });
    const std::string when = context.looking_at.empty() ? "" : ", while " + context.looking_at + " was looked at";
    lesson.findings.insert(lesson.findings.begin(),
                           judge_gain({.id = id_of(lesson.step) + ".crashed",
                                       .title = "The program ends when it is told to, and not before",
                                       .what = "programs that crashed or ended by themselves",
                                       .measured = 1,
                                       .ratio = 1,
                                       .expected = "none",
                                       .bound = counted(false),
                                       .cause = "It " + death + when,
                                       .next = "Start it by hand, under a debugger or with a sanitizer, and hit it "
                                               "with the commands of the step's README"}));
}

Lesson attempt(int step, const Program& given, Context& context) {
    Lesson lesson{.step = step, .name = short_name(step)};
    Program program = given;
    program.death = std::make_shared<std::string>();
    context.so_far = &lesson;
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
    context.so_far = nullptr;
    if (!program.death->empty()) tell_of_crash(lesson, *program.death, context);
    keep_wanted(lesson, context);
    return judged(std::move(lesson), Noise{}, nullptr, program.is_own);
}

// Something failed that is more than a pain that does not show.
bool has_failed(const Lesson& lesson) {
    return std::any_of(lesson.findings.begin(), lesson.findings.end(), [](const Finding& finding) {
        return finding.verdict == Verdict::fail && finding.role != Finding::Role::pain;
    });
}

// The program did not start, answer or end within the time that even a slow one has.
bool ended_early(const Lesson& lesson) {
    return std::any_of(lesson.findings.begin(), lesson.findings.end(),
                       [](const Finding& finding) { return finding.id.ends_with(".measured"); });
}

// The experiments behind what is doubtful in `lesson`, once more.
Lesson repeated(const Lesson& lesson, const Program& program, const Context& context) {
    Context narrowed = context;
    narrowed.wanted = doubtful(lesson);
    narrowed.complete = false;
    narrowed.stops = false;
    narrowed.done = {};
    return attempt(lesson.step, program, narrowed);
}

void repeat(Lesson& lesson, const Program& program, Context& context) {
    if (context.complete) {
        lesson = attempt(lesson.step, program, context);  // the figures, too
    } else {
        replace(lesson, repeated(lesson, program, context));
    }
}

// What was missed by so much that no noise explains it, on a quiet machine, is measured once. Everything else is
// measured again, with all that a ratio is made of: two numbers of one ratio belong to one run.
Lesson measured_and_judged(int step, const Program& program, Context& context) {
    const NoiseMeter noise;
    Lesson lesson = attempt(step, program, context);
    if (ended_early(lesson) && noise.so_far().is_loud()) {
        context.progress("it was not heard of in time, on a busy machine: once more");
        *context.known = {};
        lesson = attempt(step, program, context);
    }
    if (doubtful(lesson).empty()) return lesson;

    const NoiseMeter noise_again;
    if (program.is_own || is_near(lesson) || noise.so_far().is_loud()) {
        context.progress("a ratio is not as expected, measuring again");
        *context.known = {};
        repeat(lesson, program, context);
    }
    std::optional<Lesson> reference;
    if (!doubtful(lesson).empty() && !program.is_own) {
        context.progress("measuring the repository's own step, to know what this machine can show");
        *context.known = {};
        reference = repeated(lesson, step_program(context.bin_dir, step), context);
    }
    const Noise first = noise.so_far();
    const Noise second = noise_again.so_far();
    return judged(std::move(lesson), first.is_loud() ? first : second, reference ? &*reference : nullptr,
                  program.is_own);
}

void append(Lesson& lesson, Lesson more) {
    std::move(more.findings.begin(), more.findings.end(), std::back_inserter(lesson.findings));
    std::move(more.figures.begin(), more.figures.end(), std::back_inserter(lesson.figures));
    if (!more.headline.empty()) lesson.headline = std::move(more.headline);
    std::erase_if(lesson.not_run, [](const std::string& what) { return what.find(' ') == std::string::npos; });
    std::move(more.not_run.begin(), more.not_run.end(), std::back_inserter(lesson.not_run));
    lesson.stopped = more.stopped;
}

}  // namespace

std::string number(double value) { return draw::format_number(value); }

draw::Name under_check(const Program& program, std::string kind) {
    return {.program = program.label, .kind = std::move(kind)};
}

draw::Name neighbour(int step, std::string kind) {
    return {.program = step_label(step), .kind = std::move(kind), .whose = draw::Whose::neighbour};
}

std::string step_label(int step) { return "step " + std::to_string(step); }

Program step_program(const std::string& bin_dir, int step) { return to_program(target::StepBinary{bin_dir, step}); }

Program station_program(const std::string& bin_dir) {
    return {.name = bin_dir + "/station", .label = "the station", .start = {}, .is_own = true};
}

Program to_program(const target::Program& program, std::chrono::milliseconds start_patience) {
    Program result{.name = target::to_string(program), .label = "this program"};
    if (const auto* const binary = std::get_if<target::StepBinary>(&program)) {
        result.label = step_label(binary->step);
        result.is_own = true;
    }
    result.start = [program, start_patience](
                       const std::vector<std::string>& options) -> tl::expected<target::Server, std::string> {
        auto target = target::Target::start(program, options, start_patience);
        if (!target) return tl::unexpected(target.error());
        auto server = std::move(*target).into_server();
        if (server) return std::move(*server);
        return tl::unexpected(std::string{"a lesson starts and stops the program itself: name it with --cmd"});
    };
    return result;
}

Context::Context(std::string bin) : bin_dir(std::move(bin)), known(std::make_shared<Measurements>()) {}

bool Context::wants(std::initializer_list<std::string_view> ids) const {
    const auto found = std::find_if(ids.begin(), ids.end(), [this](std::string_view id) {
        return wanted.empty() || wanted.contains(std::string{id});
    });
    if (found == ids.end()) return false;
    if (std::any_of(ids.begin(), ids.end(), [this](std::string_view id) { return done.contains(std::string{id}); })) {
        return false;
    }
    if (stops && so_far != nullptr && has_failed(*so_far)) {
        so_far->not_run.insert(so_far->not_run.end(), ids.begin(), ids.end());
        so_far->stopped = true;
        return false;
    }
    looking_at = *found;
    if (observer) observer->look_at(*found);
    return true;
}

Lesson run_lesson_once(int step, const Program& program, Context& context) { return attempt(step, program, context); }

Lesson run_lesson(int step, const Program& program, Context& context) {
    Lesson lesson = measured_and_judged(step, program, context);
    const auto done = context.done;
    // What stopped it may have turned out to be noise: then the rest is measured after all.
    while (context.stops && lesson.stopped && overall(lesson) != Verdict::fail) {
        for (const Finding& finding : lesson.findings) context.done.insert(finding.id);
        append(lesson, measured_and_judged(step, program, context));
    }
    context.done = done;
    return lesson;
}

}  // namespace station::lesson
