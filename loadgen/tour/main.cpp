// The tour: each step under the load that shows its lesson, a row for each as it goes, a page of graphs at the end.
#include <loadgen/draw/captions.hpp>
#include <loadgen/lesson/load.hpp>
#include <loadgen/lesson/noise.hpp>
#include <loadgen/lesson/overlay.hpp>
#include <loadgen/tour/compare.hpp>
#include <loadgen/tour/history.hpp>
#include <loadgen/tour/options.hpp>
#include <loadgen/tour/tour.hpp>

#include <termios.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <station/app/last_words.hpp>
#include <station/base/descriptor_limit.hpp>
#include <station/base/standard_streams.hpp>

using namespace station;

namespace {

constexpr int kFailed = 1;
constexpr int kInconclusive = 3;

void write(const std::filesystem::path& path, const std::string& text) {
    std::error_code error;
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
    std::ofstream file{path, std::ios::binary};
    file << text;
    if (!file.flush()) tour::fail_usage("cannot write " + path.string());
}

std::string now() {
    const std::time_t time = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
    return text;
}

double seconds_since(std::chrono::steady_clock::time_point then) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - then).count();
}

// One tour, as it goes.
class Guide {
  public:
    explicit Guide(const tour::Options& options)
        : options_(options),
          rows_(std::cout),
          context_(options.bin.string()),
          history_(options.history.empty() ? lesson::History{} : lesson::read_history(options.history)) {
        seen_.machine = tour::this_machine();
        seen_.when = now();
        context_.drains = options.drains;
        context_.data_dir = options.out.string();
        context_.progress = [this](std::string_view doing) { rows_.running(doing); };
    }

    tour::Tour run() {
        const auto begin = std::chrono::steady_clock::now();
        const lesson::NoiseMeter noise;
        rows_.begin();
        for (const int step : options_.steps) show(step);
        if (shows(4)) add_loops();
        if (options_.steps.size() >= 10) add_overlay();
        rows_.end();
        add_captions(seen_.overlay);
        seen_.seconds = seconds_since(begin);
        seen_.others = noise.so_far().others;
        return std::move(seen_);
    }

  private:
    bool shows(int step) const { return std::ranges::find(options_.steps, step) != options_.steps.end(); }

    void show(int step) {
        const auto guess = ask_about(step);
        const auto begin = std::chrono::steady_clock::now();
        const bool is_last = step == lesson::kFinalStation;
        const auto program =
            is_last ? lesson::station_program(context_.bin_dir) : lesson::step_program(context_.bin_dir, step);
        auto lesson = lesson::run_lesson(step, program, context_);
        const double seconds = seconds_since(begin);
        add_captions(lesson.figures);
        rows_.add(lesson);
        auto& beside = seen_.beside[step];
        if (guess) {
            beside.guess = tour::compare(*lesson::question_of(step), *guess, lesson);
            rows_.say(tour::to_text(*beside.guess));
            beside.figures.push_back(tour::guess_figure(*beside.guess));
            tour::mark_guess(lesson.figures, *beside.guess);
        }
        if (has_work(step)) {
            show_yours(lesson, beside);
        } else {
            remember(lesson, "reference", seconds);
        }
        if (auto figure = tour::history_figure(history_, lesson)) beside.figures.push_back(std::move(*figure));
        seen_.lessons.push_back(std::move(lesson));
    }

    bool has_work(int step) const {
        std::error_code error;
        return !options_.work.empty() && step != lesson::kFinalStation &&
               std::filesystem::exists(options_.work / target::step_binary(step), error);
    }

    void show_yours(lesson::Lesson& lesson, tour::Beside& beside) {
        const auto begin = std::chrono::steady_clock::now();
        auto yours = lesson::step_program(options_.work.string(), lesson.step);
        yours.label = tour::kYours;
        yours.is_own = false;
        beside.yours = lesson::run_lesson(lesson.step, yours, context_);
        rows_.add_yours(*beside.yours);
        remember(*beside.yours, "work", seconds_since(begin));
        tour::lay_over(lesson, *beside.yours, draw::Whose::yours);
        if (lesson.step == 1) return;
        auto before = lesson::step_program(context_.bin_dir, lesson.step - 1);
        before.is_own = false;
        tour::lay_over(lesson, lesson::run_lesson_once(lesson.step, before, context_), draw::Whose::before);
    }

    // Only a terminal can answer.
    std::optional<double> ask_about(int step) {
        const auto* const question = lesson::question_of(step);
        const bool can_ask = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
        if (!options_.predict || question == nullptr || !can_ask) return std::nullopt;
        // What was typed while the last step was measured answers no question.
        ::tcflush(STDIN_FILENO, TCIFLUSH);
        return tour::ask(*question, std::cin, std::cout);
    }

    void remember(const lesson::Lesson& lesson, const std::string& of, double seconds) {
        // The history lives in the learner's folder; who has not begun has none.
        const auto folder = options_.history.parent_path();
        std::error_code error;
        if (options_.history.empty() || (!folder.empty() && !std::filesystem::is_directory(folder, error))) return;
        const lesson::Run run{.step = lesson.step,
                              .program = of,
                              .by_tour = true,
                              .verdict = lesson::overall(lesson),
                              .seconds = seconds,
                              .findings = lesson::to_history(lesson.findings)};
        if (!lesson::append(options_.history, run)) {
            std::cerr << "tour: cannot write " << options_.history.string() << '\n';
        }
        history_ = lesson::read_history(options_.history);
    }

    void add_loops() {
        try {
            seen_.loops = tour::measure_loops(lesson::step_program(context_.bin_dir, 4), context_);
        } catch (const lesson::CannotMeasure& error) {
            std::cerr << "tour: no picture of the two loops: " << error.what() << '\n';
        }
    }

    void add_overlay() {
        try {
            auto overlay = lesson::measure_overlay(context_);
            seen_.overlay = std::move(overlay.figures);
            seen_.overlay_commands = std::move(overlay.commands);
        } catch (const lesson::CannotMeasure& error) {
            std::cerr << "tour: no picture of all steps: " << error.what() << '\n';
        }
    }

    static void add_captions(std::vector<draw::Figure>& figures) {
        for (auto& figure : figures) {
            if (figure.says.empty()) figure.says = draw::what_to_see(figure);
        }
    }

    const tour::Options& options_;
    tour::Rows rows_;
    lesson::Context context_;
    lesson::History history_;
    tour::Tour seen_;
};

int status_of(const tour::Tour& seen) {
    int status = EXIT_SUCCESS;
    for (const auto& one : seen.lessons) {
        const auto verdict = lesson::overall(one);
        if (verdict == lesson::Verdict::fail) return kFailed;
        if (verdict == lesson::Verdict::inconclusive) status = kInconclusive;
    }
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    base::open_standard_streams();
    base::raise_descriptor_limit();
    app::speak_last_words("tour");
    const tour::Options options = tour::parse_options(argc, argv);
    const tour::Tour seen = Guide{options}.run();
    const auto page = options.out / "index.html";
    write(page, tour::to_page(seen));
    write(options.json, tour::to_json(seen));
    std::cout << "graphs: " << page.string() << "\nnumbers: " << options.json.string() << std::endl;
    return status_of(seen);
}
