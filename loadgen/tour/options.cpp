#include <loadgen/tour/options.hpp>

#include <cstdlib>
#include <iostream>
#include <loadgen/lesson/lesson.hpp>
#include <loadgen/target/process.hpp>
#include <station/app/command_line.hpp>
#include <station/base/numbers.hpp>

namespace station::tour {
namespace {

constexpr int kUsage = 2;

// 0 for what is none.
int step_of(const std::string& text) {
    if (text == "final") return lesson::kFinalStation;
    const int step = base::parse_number<int>(text).value_or(0);
    return step >= 1 && step <= 10 ? step : 0;
}

}  // namespace

void fail_usage(const std::string& what) {
    std::cerr << "tour: " << what << '\n';
    std::exit(kUsage);  // NOLINT(concurrency-mt-unsafe): no other thread runs yet
}

Options parse_options(int argc, char** argv) {
    Options options;
    app::CommandLine cli{"Hammers the steps, one after another, and shows how each one fails", "tour"};
    std::vector<std::string> steps;
    cli.add_option("steps", steps, "Which steps, 1 to 10 or final; all where none is named")
        .check([](const std::string& text) {
            return step_of(text) == 0 ? "which step? 1 to 10 or final, not " + text : "";
        });
    cli.add_option("--bin", options.bin, "Folder of the steps' programs").show_default();
    cli.add_option("--out", options.out, "Folder for index.html and results.json").show_default();
    cli.add_option("--json", options.json, "Another place for results.json");
    cli.add_option("--work", options.work, "Folder of a learner's programs, drawn on top of the steps' own");
    cli.add_option("--history", options.history,
                   "File of the runs so far, a line of JSON each; read, drawn, and added to");
    cli.add_flag("--predict", options.predict,
                 "Ask for a guess before each step, and draw it beside the truth; only on a terminal");
    cli.add_option("--drains", options.drains, "How often step 10 is told to stop under load")
        .show_default()
        .range(1, 1000);
    if (const auto wrong = cli.parse(argc, argv)) fail_usage(*wrong + " (see --help)");
    for (const std::string& step : steps) options.steps.push_back(step_of(step));
    if (options.steps.empty()) options.steps = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, lesson::kFinalStation};
    if (options.json.empty()) options.json = options.out / "results.json";
    for (const int step : options.steps) {
        const auto binary = options.bin / (step == lesson::kFinalStation ? "station" : target::step_binary(step));
        if (std::error_code error; !std::filesystem::exists(binary, error)) {
            fail_usage("there is no " + binary.string() + "; ./dev build makes it");
        }
    }
    return options;
}

}  // namespace station::tour
