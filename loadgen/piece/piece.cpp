// Runs the cases of one piece: NAME [--list] [--only ID] [--json FILE]
#include <loadgen/piece/piece.hpp>

#include <sys/resource.h>
#include <sys/wait.h>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <loadgen/child/child.hpp>
#include <loadgen/child/findings.hpp>
#include <loadgen/child/sanitizer_report.hpp>
#include <vector>

extern "C" [[gnu::weak]] int __lsan_do_recoverable_leak_check();

namespace station::piece {
namespace {

// Long, since it only ends what would never end: on a machine that is busy, too, a case takes milliseconds.
constexpr std::chrono::seconds kPatience{60};
// Of a processor's time, which no other process uses up: a case that needs so much spins.
constexpr rlim_t kMostSeconds = 3;
constexpr std::size_t kMostText = 512;

// What a case has to say, in memory that it shares with the process that judges it.
struct Words {
    bool failed = false;
    char call[kMostText] = {};
    char expected[kMostText] = {};
    char came[kMostText] = {};
};

Words* words = nullptr;

template <std::size_t size>
void put(char (&to)[size], std::string_view text) {
    const std::size_t count = std::min(text.size(), size - 1);
    std::memcpy(to, text.data(), count);
    to[count] = '\0';
}

std::vector<Case>& cases() {
    static std::vector<Case> all;
    return all;
}

void run_limited(const Case& one) {
    const rlimit limit{kMostSeconds, kMostSeconds + 1};  // SIGXCPU comes first, and says what it is
    ::setrlimit(RLIMIT_CPU, &limit);
    one.run();
}

void judge(const child::Ending& ending, nlohmann::ordered_json& finding) {
    if (ending.in_time && ending.status == 0) return;
    finding["verdict"] = "fail";
    finding["call"] = words->call;
    if (words->failed) {
        finding["expected"] = words->expected;
        finding["came"] = words->came;
        finding["cause"] = std::string{words->call} + ": " + words->came + "; expected: " + words->expected;
    } else if (!ending.in_time || (WIFSIGNALED(ending.status) && WTERMSIG(ending.status) == SIGXCPU)) {
        finding["expected"] = "it returns";
        finding["came"] = "it never did";
        finding["cause"] = std::string{words->call} + " does not return";
    } else {
        const child::SanitizerReport report = child::read_report(ending.said);
        finding["expected"] = "it returns";
        finding["came"] =
            report.what.empty() ? "the program died (" + std::to_string(ending.status) + ")" : report.what;
        finding["stack"] = report.stack;
        finding["cause"] = std::string{words->call} + ": " + std::string{finding["came"]};
    }
}

void print_failure(const nlohmann::ordered_json& finding) {
    std::cout << "FAIL  " << std::string{finding["id"]} << ": " << std::string{finding["title"]} << "\n";
    for (const char* const field : {"call", "expected", "came"}) child::print_field(field, std::string{finding[field]});
    if (!finding.contains("stack")) return;
    for (const auto& frame : finding["stack"]) child::print_field("", "at " + std::string{frame});
}

int run(const child::Options& options) {
    words = static_cast<Words*>(child::shared_memory(sizeof(Words)));
    child::Findings findings;
    for (const Case& one : cases()) {
        if (findings.is_enough(options)) break;
        const std::string id = "piece." + std::string{one.id};
        if (!options.only.empty() && id != options.only) continue;
        *words = {};
        auto& finding = findings.add(id, one.title);
        judge(child::run_alone([&] { run_limited(one); }, kPatience), finding);
        if (finding["verdict"] != "pass") print_failure(finding);
    }
    std::printf("piece: %s, %zu cases, %zu failed, %.2f s\n", findings.verdict().c_str(), findings.count(),
                findings.failed(), findings.seconds());
    return findings.write(options);
}

}  // namespace

std::string text(std::string_view value) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string shown{'"'};
    for (const char one : value) {
        const auto byte = static_cast<unsigned char>(one);
        if (byte >= 0x20 && byte != 0x7F) {
            shown += one;
        } else {
            shown += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
        }
    }
    return shown + '"';
}

Registered::Registered(const Case& one) { cases().push_back(one); }

void calling(std::string_view call) { put(words->call, call); }

void fail(std::string_view call, const std::string& expected, const std::string& came) {
    put(words->call, call);
    put(words->expected, expected);
    put(words->came, came);
    words->failed = true;
    std::_Exit(1);
}

void expect_nothing_leaked() {
    if (__lsan_do_recoverable_leak_check != nullptr && __lsan_do_recoverable_leak_check() != 0) std::_Exit(1);
}

}  // namespace station::piece

// At the end of each case it would cost more than the case: a case asks for it where something may leak.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "leak_check_at_exit=0"; }

int main(int argc, char** argv) {
    const auto options = station::child::parse(argc, argv);
    if (!options) return 2;
    if (!options->list) return station::piece::run(*options);
    for (const auto& one : station::piece::cases()) std::cout << "piece." << one.id << "\t" << one.title << "\n";
}
