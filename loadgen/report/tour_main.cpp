// The tour: each step under the load that shows its lesson, a row for each as it goes, a page of graphs at the end.
#include <CLI/CLI.hpp>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <loadgen/check/lesson_load.hpp>
#include <loadgen/check/lesson_overlay.hpp>
#include <loadgen/check/lesson_verdict.hpp>
#include <loadgen/report/tour.hpp>

using namespace station;

namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kInconclusive = 3;

struct Options {
    std::vector<int> steps;  // lesson::kFinalStation is the last one
    std::filesystem::path bin = "build/bin";
    std::filesystem::path out = "build/tour";
    std::filesystem::path json;
    int drains = 5;
};

[[noreturn]] void fail(const std::string& what) {
    std::cerr << "tour: " << what << '\n';
    std::exit(kUsage);
}

// 0 for what is none.
int step_of(const std::string& text) {
    if (text == "final") return lesson::kFinalStation;
    int step = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), step);
    return error == std::errc{} && end == text.data() + text.size() && step >= 1 && step <= 10 ? step : 0;
}

Options parse(int argc, char** argv) {
    Options options;
    CLI::App cli{"Hammers the steps, one after another, and shows how each one fails", "tour"};
    std::vector<std::string> steps;
    cli.add_option("steps", steps, "Which steps, 1 to 10 or final; all where none is named")
        ->check([](const std::string& text) {
            return step_of(text) == 0 ? "which step? 1 to 10 or final, not " + text : "";
        });
    cli.add_option("--bin", options.bin, "Folder of the steps' programs")->capture_default_str();
    cli.add_option("--out", options.out, "Folder for index.html and results.json")->capture_default_str();
    cli.add_option("--json", options.json, "Another place for results.json");
    cli.add_option("--drains", options.drains, "How often step 10 is told to stop under load")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    try {
        cli.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        std::cout << cli.help();
        std::exit(EXIT_SUCCESS);
    } catch (const CLI::ParseError& error) {
        fail(std::string{error.what()} + " (see --help)");
    }
    for (const std::string& step : steps) options.steps.push_back(step_of(step));
    if (options.steps.empty()) options.steps = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, lesson::kFinalStation};
    if (options.json.empty()) options.json = options.out / "results.json";
    for (const int step : options.steps) {
        const auto binary = options.bin / (step == lesson::kFinalStation ? "station" : check::step_binary(step));
        if (!std::filesystem::exists(binary)) fail("there is no " + binary.string() + "; ./dev build makes it");
    }
    return options;
}

void write(const std::filesystem::path& path, const std::string& text) {
    std::error_code error;
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
    std::ofstream file{path, std::ios::binary};
    file << text;
    if (!file.flush()) fail("cannot write " + path.string());
}

std::string now() {
    const std::time_t time = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
    return text;
}

void add_overlay(tour::Tour& seen, lesson::Context& context) {
    try {
        auto overlay = lesson::measure_overlay(context);
        seen.overlay = std::move(overlay.figures);
        seen.overlay_commands = std::move(overlay.commands);
    } catch (const lesson::CannotMeasure& error) {
        std::cerr << "tour: no picture of all steps: " << error.what() << '\n';
    }
}

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
    const Options options = parse(argc, argv);
    const auto begin = std::chrono::steady_clock::now();
    const lesson::NoiseMeter noise;
    tour::Tour seen{.machine = tour::this_machine(), .when = now()};
    tour::Rows rows{std::cout};
    lesson::Context context{options.bin.string()};
    context.drains = options.drains;
    context.data_dir = options.out.string();
    context.progress = [&](std::string_view doing) { rows.running(doing); };

    rows.begin();
    for (const int step : options.steps) {
        const auto program = step == lesson::kFinalStation ? lesson::station_program(context.bin_dir)
                                                           : lesson::step_program(context.bin_dir, step);
        seen.lessons.push_back(lesson::run_lesson(step, program, context));
        rows.add(seen.lessons.back());
    }
    if (options.steps.size() >= 10) add_overlay(seen, context);
    rows.end();

    seen.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    seen.others = noise.so_far().others;
    const auto page = options.out / "index.html";
    write(page, tour::to_page(seen));
    write(options.json, tour::to_json(seen));
    std::cout << "graphs: " << page.string() << "\nnumbers: " << options.json.string() << std::endl;
    return status_of(seen);
}
