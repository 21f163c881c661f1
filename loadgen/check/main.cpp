// check: does a program keep the contract of a step, and does the step's lesson show in it?
#include <unistd.h>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <loadgen/check/contract.hpp>
#include <loadgen/check/options.hpp>
#include <loadgen/check/outcome.hpp>
#include <loadgen/check/replay.hpp>
#include <loadgen/check/report.hpp>
#include <loadgen/check/trace_folder.hpp>
#include <loadgen/check/wrap.hpp>
#include <loadgen/child/sanitizer_report.hpp>
#include <loadgen/lesson/lesson.hpp>
#include <loadgen/lesson/noise.hpp>
#include <loadgen/lesson/observer.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <station/app/last_words.hpp>
#include <station/base/descriptor_limit.hpp>
#include <station/base/standard_streams.hpp>

using namespace station::check;

namespace {

constexpr auto kReplace = nlohmann::ordered_json::error_handler_t::replace;

[[noreturn]] void give_up(const std::string& why) {
    std::cerr << "check: " << why << "\n";
    std::exit(kUsage);  // NOLINT(concurrency-mt-unsafe): no other thread runs yet
}

ContractOptions to_contract(const Options& options) {
    const std::chrono::duration<double> patience{options.patience};
    return {options.step, options.only, options.slow, std::chrono::duration_cast<std::chrono::milliseconds>(patience),
            !options.all};
}

ContractResult run_contract(const Options& options, const std::vector<Group>& groups) {
    std::cout << "step " << options.step << ", contract of " << options.label << ": " << to_string(options.program)
              << std::endl;
    const station::lesson::NoiseMeter noise;
    auto result = check_contract(options.program, groups, to_contract(options));
    if (result.verdict() == Verdict::fail && noise.so_far().is_loud() &&
        passes_again(result, options.program, groups, to_contract(options))) {
        // It was the machine: what stood behind the failure is run as well, and one more stall is no verdict.
        if (!options.all) result = check_contract(options.program, groups, to_contract(options));
        result.stalled =
            result.verdict() == Verdict::fail && passes_again(result, options.program, groups, to_contract(options));
    }
    if (result.cases.empty()) {
        give_up("no case of step " + std::to_string(options.step) + " has \"" + options.only + "\" in its id or name");
    }
    print(std::cout, result);
    return result;
}

station::lesson::Lesson run_lesson(const Options& options, const std::shared_ptr<station::lesson::Observer>& observer) {
    std::cout << "step " << options.step << ", lesson of " << options.label << ": " << to_string(options.program)
              << std::endl;
    station::lesson::Context context{options.bin};
    context.wanted = options.findings;
    context.complete = false;
    context.slow = options.slow;
    context.stops = !options.all && options.findings.empty();  // who names findings wants each of them
    auto program = station::lesson::to_program(options.program, to_contract(options).start_patience());
    if (!options.trace.empty()) program.observer = context.observer = observer;
    auto lesson = station::lesson::run_lesson(options.step, program, context);
    if (lesson.findings.empty()) give_up("no such finding came of step " + std::to_string(options.step));
    for (const auto& finding : lesson.findings) std::cout << station::lesson::to_text(finding) << "\n";
    return lesson;
}

// What the files of that folder say, the first one that says anything: {"what", "stack"}, both empty where none does.
nlohmann::ordered_json sanitizer_report(const std::string& folder) {
    std::error_code error;
    std::set<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator{folder, error}) files.insert(entry.path());
    if (error) give_up("cannot read " + folder + ": " + error.message());
    station::child::SanitizerReport report;
    for (const auto& file : files) {
        std::ifstream text{file, std::ios::binary};
        report = station::child::read_report(std::string{std::istreambuf_iterator<char>{text}, {}});
        if (!report.what.empty()) break;
    }
    return {{"what", report.what}, {"stack", report.stack}};
}

void write(const std::string& path, const std::string& text) {
    if (!path.empty() && !(std::ofstream{path} << text << "\n" << std::flush)) give_up("cannot write " + path);
}

}  // namespace

int main(int argc, char** argv) {
    station::base::open_standard_streams();
    station::base::raise_descriptor_limit();
    station::app::speak_last_words("check");
    const Options options = parse_options(argc, argv);
    if (!options.sanitizer_reports.empty()) {
        std::cout << sanitizer_report(options.sanitizer_reports).dump(-1, ' ', false, kReplace) << std::endl;
        return exit_status(Verdict::pass);
    }
    if (!options.replay.empty()) {
        const auto verdict = replay(options);
        if (!verdict) give_up(verdict.error());
        return exit_status(*verdict);
    }
    std::optional<WrappedOutput> terminal{std::in_place, std::cout, terminal_width()};
    const auto begin = std::chrono::steady_clock::now();
    Outcome outcome;
    tl::expected<std::vector<Group>, std::string> groups;  // outlives the outcome's cases
    if (options.contract) {
        groups = load_groups(options.cases);
        if (!groups) give_up(groups.error());
        outcome.contract = run_contract(options, *groups);
    }
    const auto observer = std::make_shared<station::lesson::Observer>();
    // Who answers wrongly hears that first: how it fares under load is another question.
    const bool is_over = !options.all && outcome.verdict() == Verdict::fail;
    if (options.lesson && !is_over) outcome.lesson = run_lesson(options, observer);
    outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

    if (outcome.verdict() != Verdict::pass && !options.trace.empty()) {
        if (const auto written = write_trace(outcome, options, *observer); !written) give_up(written.error());
    }
    write(options.json, to_json(outcome, options).dump(2, ' ', false, kReplace));
    const bool is_kept =
        options.history.empty() || station::lesson::append(options.history, history_run(outcome, options));
    if (!is_kept) give_up("cannot write " + options.history);
    std::cout << std::flush;
    // Who reads this line by a program gets it whole; a terminal gets it wrapped.
    const std::string last = last_line(outcome, options);
    terminal.reset();
    std::cout << (::isatty(STDOUT_FILENO) == 1 ? wrapped(last, terminal_width()) : last) << std::endl;
    return exit_status(outcome.verdict());
}
