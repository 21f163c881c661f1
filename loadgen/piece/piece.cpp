// Runs the cases of one piece: piece_… [--list] [--only ID] [--json FILE]
#include <loadgen/piece/piece.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <loadgen/piece/sanitizer_report.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

namespace station::piece {
namespace {

// Long, since it only ends what would never end: on a machine that is busy, too, a case takes milliseconds.
constexpr std::chrono::seconds kPatience{10};
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

struct Ending {
    bool in_time = true;
    int status = 0;
    std::string said;  // on standard error: a sanitizer's report
};

// Reads what the child says until it has closed its end, or time is up.
bool listen(int from, std::string& said) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (true) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        pollfd wanted{from, POLLIN, 0};
        if (left.count() <= 0) return false;
        if (::poll(&wanted, 1, static_cast<int>(left.count())) <= 0) continue;
        char bytes[4096];
        const auto count = ::read(from, bytes, sizeof bytes);
        if (count <= 0) return true;
        said.append(bytes, static_cast<std::size_t>(count));
    }
}

Ending run_alone(const Case& one) {
    *words = {};
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        std::perror("pipe");
        std::exit(2);
    }
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(ends[1], STDERR_FILENO);
        ::close(ends[0]);
        ::close(ends[1]);
        one.run();
        std::exit(0);  // and not _exit: what leaks is reported then
    }
    ::close(ends[1]);
    Ending ending;
    ending.in_time = listen(ends[0], ending.said);
    ::close(ends[0]);
    if (!ending.in_time) ::kill(child, SIGKILL);
    ::waitpid(child, &ending.status, 0);
    return ending;
}

nlohmann::ordered_json judge(const Case& one, const Ending& ending) {
    nlohmann::ordered_json finding{{"id", "piece." + std::string{one.id}}, {"title", one.title}, {"verdict", "pass"}};
    if (ending.in_time && ending.status == 0) return finding;
    finding["verdict"] = "fail";
    finding["call"] = words->call;
    if (words->failed) {
        finding["expected"] = words->expected;
        finding["came"] = words->came;
        finding["cause"] = std::string{words->call} + " came to " + words->came + ", not to " + words->expected;
    } else if (!ending.in_time) {
        finding["expected"] = "it returns";
        finding["came"] = "it never did";
        finding["cause"] = std::string{words->call} + " does not return";
    } else {
        const SanitizerReport report = read_report(ending.said);
        finding["expected"] = "it returns";
        finding["came"] =
            report.what.empty() ? "the program died (" + std::to_string(ending.status) + ")" : report.what;
        finding["stack"] = report.stack;
        finding["cause"] = std::string{words->call} + ": " + std::string{finding["came"]};
    }
    return finding;
}

void print_failure(const nlohmann::ordered_json& finding) {
    std::cout << "FAIL  " << std::string{finding["id"]} << ": " << std::string{finding["title"]} << "\n";
    for (const char* const field : {"call", "expected", "came"}) {
        std::string name{field};
        name.resize(9, ' ');
        std::cout << "  " << name << " " << std::string{finding[field]} << "\n";
    }
    if (!finding.contains("stack")) return;
    for (const auto& frame : finding["stack"]) std::cout << "            at " << std::string{frame} << "\n";
}

struct Options {
    bool list = false;
    std::string only;
    std::string json;
};

std::optional<Options> parse(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word{argv[i]};
        if (word == "--list") {
            options.list = true;
        } else if ((word == "--only" || word == "--json") && i + 1 < argc) {
            (word == "--only" ? options.only : options.json) = argv[++i];
        } else {
            return std::nullopt;
        }
    }
    return options;
}

int run(const Options& options) {
    void* const shared = ::mmap(nullptr, sizeof(Words), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        std::perror("mmap");
        return 2;
    }
    words = new (shared) Words;
    const auto begin = std::chrono::steady_clock::now();
    nlohmann::ordered_json findings = nlohmann::ordered_json::array();
    std::size_t failed = 0;
    for (const Case& one : cases()) {
        if (!options.only.empty() && "piece." + std::string{one.id} != options.only) continue;
        findings.push_back(judge(one, run_alone(one)));
        if (findings.back()["verdict"] == "pass") continue;
        ++failed;
        print_failure(findings.back());
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    const std::string verdict = failed == 0 ? "pass" : "fail";
    std::printf("piece: %s, %zu cases, %zu failed, %.2f s\n", verdict.c_str(), findings.size(), failed, took.count());
    const nlohmann::ordered_json results{{"verdict", verdict},
                                         {"seconds", took.count()},
                                         {"findings", std::move(findings)}};
    constexpr auto kReplace = nlohmann::ordered_json::error_handler_t::replace;
    if (!options.json.empty() && !(std::ofstream{options.json} << results.dump(2, ' ', false, kReplace) << std::endl)) {
        std::cerr << "cannot write " << options.json << "\n";
        return 2;
    }
    return failed == 0 ? 0 : 1;
}

}  // namespace

Registered::Registered(const Case& one) { cases().push_back(one); }

void calling(std::string_view call) { put(words->call, call); }

void fail(std::string_view call, const std::string& expected, const std::string& came) {
    put(words->call, call);
    put(words->expected, expected);
    put(words->came, came);
    words->failed = true;
    std::_Exit(1);
}

}  // namespace station::piece

int main(int argc, char** argv) {
    const auto options = station::piece::parse(argc, argv);
    if (!options) {
        std::cerr << "usage: " << argv[0] << " [--list] [--only ID] [--json FILE]\n";
        return 2;
    }
    if (!options->list) return station::piece::run(*options);
    for (const auto& one : station::piece::cases()) std::cout << "piece." << one.id << "\t" << one.title << "\n";
}
