// check: does a program keep the contract of a step, and does the step's lesson show in it?
//
// Each phase is given the options, prints what it finds, adds it to the results under its own name, and
// returns its verdict; the worst of them is the exit status.
#include <fstream>
#include <iostream>
#include <loadgen/check/contract.hpp>
#include <loadgen/check/lesson.hpp>
#include <loadgen/check/options.hpp>
#include <loadgen/check/report.hpp>
#include <nlohmann/json.hpp>

using namespace station::check;

namespace {

constexpr int kUsage = 2;

using Json = nlohmann::ordered_json;

[[noreturn]] void fail_usage(const std::string& why) {
    std::cerr << "check: " << why << "\n";
    std::exit(kUsage);
}

ContractOptions to_contract(const Options& options) {
    const std::chrono::duration<double> patience{options.patience};
    return {options.step, options.only, options.slow,
            std::chrono::duration_cast<std::chrono::milliseconds>(patience)};
}

Verdict run_contract(const Options& options, Json& results) {
    const auto groups = load_groups(options.cases);
    if (!groups) fail_usage(groups.error());
    std::cout << "step " << options.step << ", contract: " << to_string(options.program) << std::endl;
    const auto result = check_contract(options.program, *groups, to_contract(options));
    if (result.cases.empty())
        fail_usage("no case of step " + std::to_string(options.step) + " has \"" + options.only +
                   "\" in its id or name");
    print(std::cout, result);
    results["contract"] = to_json(result);
    return result.verdict();
}

Verdict run_lesson(const Options& options, Json& results) {
    std::cout << "step " << options.step << ", lesson: " << to_string(options.program) << std::endl;
    station::lesson::Context context{options.bin};
    const auto program = station::lesson::to_program(options.program);
    const auto lesson = station::lesson::run_lesson(options.step, program, context);
    for (const auto& finding : lesson.findings) std::cout << station::lesson::to_text(finding) << "\n";
    results["lesson"] = station::lesson::to_json(lesson);
    return station::lesson::overall(lesson);
}

}  // namespace

int main(int argc, char** argv) {
    const Options options = parse_options(argc, argv);
    Json results{{"step", options.step}, {"program", to_string(options.program)}, {"verdict", ""}};
    auto verdict = Verdict::pass;
    if (options.contract) verdict = worse(verdict, run_contract(options, results));
    if (options.lesson) verdict = worse(verdict, run_lesson(options, results));
    results["verdict"] = to_string(verdict);
    if (!options.json.empty() && !(std::ofstream{options.json}
                                   << results.dump(2, ' ', false, Json::error_handler_t::replace) << "\n")) {
        fail_usage("cannot write " + options.json);
    }
    return exit_status(verdict);
}
