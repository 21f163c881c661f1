// Scenarios without the explorer: each runs as often as it is told, its threads as the machine likes. Linked with
// ThreadSanitizer, which ends the process with a report where two accesses race; then the next scenario runs.
//
// NAME [--list] [--only ID] [--times N] [--json FILE]
#include <pthread.h>
#include <sys/wait.h>
#include <time.h>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <loadgen/child/child.hpp>
#include <loadgen/child/findings.hpp>
#include <loadgen/child/sanitizer_report.hpp>
#include <loadgen/explore/explore.hpp>
#include <vector>

namespace station::explore {
namespace {

constexpr std::uint64_t kTimes = 100;
// Long, since it only ends what would never end.
constexpr std::chrono::seconds kPatience{30};
constexpr std::string_view kFailed = "station: this must not happen: ";

std::vector<Scenario>& scenarios() {
    static std::vector<Scenario> all;
    return all;
}

void judge(const child::Ending& ending, nlohmann::ordered_json& finding) {
    if (ending.in_time && ending.status == 0) return;
    finding["verdict"] = "fail";
    const child::SanitizerReport report = child::read_report(ending.said);
    const auto failed = ending.said.find(kFailed);
    if (failed != std::string::npos) {
        const auto begin = failed + kFailed.size();
        finding["kind"] = "assertion";
        finding["cause"] = ending.said.substr(begin, ending.said.find('\n', begin) - begin);
    } else if (!ending.in_time) {
        finding["kind"] = "deadlock";
        finding["cause"] = "the scenario does not come to an end";
    } else {
        finding["kind"] = report.what.find("race") == std::string::npos ? "crash" : "race";
        finding["cause"] =
            report.what.empty() ? "the program died (" + std::to_string(ending.status) + ")" : report.what;
    }
    finding["stack"] = report.stack;
}

int run(const child::Options& options) {
    child::Findings findings;
    const std::uint64_t times = options.number("--times", kTimes);
    for (const Scenario& scenario : scenarios()) {
        if (findings.is_enough(options)) break;
        const std::string id = "race." + std::string{scenario.id};
        if (!options.only.empty() && options.only != id) continue;
        auto& finding = findings.add(id, scenario.title);
        judge(child::run_alone(
                  [&] {
                      for (std::uint64_t i = 0; i < times; ++i) scenario.run();
                  },
                  kPatience),
              finding);
        if (finding["verdict"] == "pass") continue;
        std::cout << "FAIL  " << id << ": " << scenario.title << "\n";
        child::print_field("what", std::string{finding["cause"]});
        for (const auto& frame : finding["stack"]) child::print_field("", "at " + std::string{frame});
    }
    std::printf("race: %s, %zu scenarios, %zu failed, %.1f s\n", findings.verdict().c_str(), findings.count(),
                findings.failed(), findings.seconds());
    return findings.write(options);
}

}  // namespace

Registered::Registered(const Scenario& one) { scenarios().push_back(one); }

void name(const char*) {}

void fail(const char* what) {
    std::fprintf(stderr, "%s%s\n", kFailed.data(), what);
    std::_Exit(1);
}

}  // namespace station::explore

int main(int argc, char** argv) {
    using namespace station;
    const auto options = child::parse(argc, argv, {"--times"});
    if (!options) return 2;
    if (!options->list) return explore::run(*options);
    for (const auto& one : explore::scenarios()) std::cout << "race." << one.id << "\t" << one.title << "\n";
}

// ThreadSanitizer reports and goes on, unless it is told otherwise.
extern "C" const char* __tsan_default_options() { return "halt_on_error=1:exitcode=66"; }

// g++ 12's ThreadSanitizer does not know these (timed locks of the standard library take them): it would call the
// unlock behind one an unlock of a mutex that nobody holds. It knows those that wait until a time of the calendar.
namespace {

timespec calendar_time(clockid_t clock, const timespec& until) {
    constexpr long kSecond = 1'000'000'000;
    timespec now{};
    timespec today{};
    ::clock_gettime(clock, &now);
    ::clock_gettime(CLOCK_REALTIME, &today);
    const long nanos = today.tv_nsec + until.tv_nsec - now.tv_nsec;
    return {today.tv_sec + until.tv_sec - now.tv_sec + (nanos < 0 ? -1 : nanos / kSecond),
            nanos < 0 ? nanos + kSecond : nanos % kSecond};
}

}  // namespace

extern "C" {

int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock, const timespec* until) noexcept {
    const timespec time = calendar_time(clock, *until);
    return ::pthread_mutex_timedlock(mutex, &time);
}
int pthread_rwlock_clockrdlock(pthread_rwlock_t* lock, clockid_t clock, const timespec* until) noexcept {
    const timespec time = calendar_time(clock, *until);
    return ::pthread_rwlock_timedrdlock(lock, &time);
}
int pthread_rwlock_clockwrlock(pthread_rwlock_t* lock, clockid_t clock, const timespec* until) noexcept {
    const timespec time = calendar_time(clock, *until);
    return ::pthread_rwlock_timedwrlock(lock, &time);
}

}  // extern "C"
