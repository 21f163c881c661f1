// check: does a program keep the contract of a step?
//
// Each phase is given the options, prints what it finds, adds it to the results under its own name, and
// returns its verdict; the worst of them is the exit status.
#include <fstream>
#include <iostream>
#include <loadgen/check/contract.hpp>
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

Verdict run_contract(const Options& options, Json& results) {
    const auto groups = load_groups(options.cases);
    if (!groups) fail_usage(groups.error());
    std::cout << "step " << options.step << ", contract: " << to_string(options.program) << std::endl;
    const auto result = check_contract(options.program, *groups, {options.step, options.only, options.slow});
    if (result.cases.empty())
        fail_usage("no case of step " + std::to_string(options.step) + " has \"" + options.only +
                   "\" in its id or name");
    print(std::cout, result);
    results["contract"] = to_json(result);
    return result.verdict();
}

}  // namespace

int main(int argc, char** argv) {
    const Options options = parse_options(argc, argv);
    Json results{{"step", options.step}, {"program", to_string(options.program)}, {"verdict", ""}};
    if (!options.contract) fail_usage("this build has no lesson checks");
    auto verdict = Verdict::pass;
    if (options.contract) verdict = worse(verdict, run_contract(options, results));
    results["verdict"] = to_string(verdict);
    if (!options.json.empty() && !(std::ofstream{options.json} << results.dump(2) << "\n")) {
        fail_usage("cannot write " + options.json);
    }
    return exit_status(verdict);
}
