// Every call that a short history makes, refused by every error a disk has, one at a time.
//
// The idea is SQLite's: the n-th I/O call fails, for every n.
#include "exhausted_life.hpp"
#include "scenarios.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <map>
#include <station/log/error.hpp>

namespace station::lab {
namespace {

using Call = SimulatedDisk::Call;

constexpr unsigned kPatience = 60;  // seconds: only a hang takes that long

const Ending kEndings[] = {
    {"always, killed", log::Durability::always(), false},
    {"always, power cut", log::Durability::always(), true},
    {"batch, killed", log::Durability::batch(5, std::chrono::milliseconds{3'600'000}), false},
    {"os, killed", log::Durability::os(), false},
};

struct Refusal {
    const char* name;
    int error;
    bool stays = false;
};

constexpr Refusal kRefusals[] = {{"ENOSPC", ENOSPC}, {"EMFILE", EMFILE}, {"EINTR", EINTR},
                                 {"ENOMEM", ENOMEM}, {"EIO", EIO},       {"EMFILE from", EMFILE, true}};

const char* name_of(Call call) {
    switch (call) {
        case Call::open: return "open";
        case Call::exists: return "exists";
        case Call::list: return "list";
        case Call::size: return "size";
        case Call::read: return "read";
        case Call::kind: return "kind";
        case Call::map: return "map";
        case Call::write: return "write";
        case Call::truncate: return "truncate";
        case Call::rename: return "rename";
        case Call::remove: return "remove";
        case Call::create_folders: return "create_folders";
        case Call::sync: return "sync";
        case Call::sync_folder: return "sync_folder";
        case Call::lock: return "lock";
    }
    return "?";
}

// Only a sync that failed is final; and where there was no descriptor, no sync was tried.
bool is_transient(Call call, const Refusal& refusal) {
    if (refusal.stays) return true;
    if (refusal.error == EIO || call == Call::sync) return false;
    return call != Call::sync_folder || refusal.error == EMFILE;
}

struct CallMade {
    Call call;
    std::string path;
    std::string step;
};

// The same life without a fault: which calls there are.
std::vector<CallMade> calls_of(const Ending& ending) {
    std::vector<CallMade> calls;
    ExhaustedLife life{ending, {}, false};
    life.disk().on_call([&](Call call, const std::string& path) { calls.push_back({call, path, life.step()}); });
    life.run();
    while (!calls.empty() && calls.back().step == "next start") calls.pop_back();
    return calls;
}

struct Outcome {
    std::string rule;  // empty: all held
    std::string words;
    std::uint64_t digest = 0;
};

Outcome live(const Ending& ending, const DiskFault& fault, bool forgetful) {
    Outcome outcome;
    ExhaustedLife life{ending, fault, forgetful};
    try {
        life.run();
    } catch (const RuleBroken& broken) {
        outcome = {broken.rule(), life.step() + ": " + broken.what()};
    } catch (const Broken& broken) {
        outcome = {"wrong events", life.step() + ": " + broken.what()};
    } catch (const std::exception& thrown) {
        outcome = {"exception", life.step() + ": " + thrown.what()};
    }
    Digest digest;
    digest.add(life.disk());
    outcome.digest = digest.value();
    return outcome;
}

// In a process of its own, so that an end of the process is one line of the table.
Outcome live_apart(const Ending& ending, const DiskFault& fault, bool forgetful) {
    std::array<int, 2> pipe{};
    expect(::pipe(pipe.data()) == 0, "no pipe");
    const pid_t child = ::fork();
    expect(child >= 0, "no process");
    if (child == 0) {
        ::alarm(kPatience);
        if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(3);
        const Outcome outcome = live(ending, fault, forgetful);
        const std::string text = std::to_string(outcome.digest) + "\n" + outcome.rule + "\n" + outcome.words;
        ::_exit(::write(pipe[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 4);
    }
    ::close(pipe[1]);
    std::string text;
    std::array<char, 4096> part{};
    for (ssize_t got = 0; (got = ::read(pipe[0], part.data(), part.size())) > 0;) {
        text.append(part.data(), static_cast<std::size_t>(got));
    }
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) {
        return {WTERMSIG(status) == SIGALRM ? "hangs" : "signal " + std::to_string(WTERMSIG(status)), "it ended"};
    }
    expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the process ends with status ", status);
    const std::size_t digest_end = text.find('\n');
    const std::size_t rule_end = text.find('\n', digest_end + 1);
    return {text.substr(digest_end + 1, rule_end - digest_end - 1), text.substr(rule_end + 1),
            std::stoull(text.substr(0, digest_end))};
}

class Exhaust {
  public:
    explicit Exhaust(const Options& options) : options_(options) {}

    int run() {
        for (const Ending& ending : kEndings) run(ending);
        report();
        return wrong_ > 0 ? 1 : 0;
    }

  private:
    struct Row {
        std::uint64_t times = 0;
        std::string first;
    };

    void run(const Ending& ending) {
        const auto calls = calls_of(ending);
        calls_ += calls.size();
        for (std::uint64_t nth = options_.seed; nth < options_.seed + options_.count && nth <= calls.size(); ++nth) {
            const CallMade& made = calls[nth - 1];
            for (const Refusal& refusal : kRefusals) {
                const DiskFault fault{nth, log::system_error(refusal.error), is_transient(made.call, refusal),
                                      refusal.stays};
                const Outcome outcome = live_apart(ending, fault, options_.control);
                ++runs_;
                digest_.add(outcome.digest);
                digest_.add(outcome.rule);
                if (outcome.rule.empty()) continue;
                ++wrong_;
                Row& row = table_[{name_of(made.call), refusal.name, outcome.rule}];
                if (row.times++ > 0) continue;
                row.first = std::string{ending.words} + ", call " + std::to_string(nth) + " of " +
                            std::to_string(calls.size()) + " (" + made.path + ", at '" + made.step +
                            "'): " + outcome.words;
            }
        }
    }

    void report() const {
        for (const auto& [key, row] : table_) {
            const auto& [call, error, rule] = key;
            std::fprintf(stderr, "%5llu  %-14s %-11s %-18s first: %s\n", static_cast<unsigned long long>(row.times),
                         call.c_str(), error.c_str(), rule.c_str(), row.first.substr(0, 260).c_str());
        }
        std::printf("{\"calls\":%llu,\"runs\":%llu,\"wrong\":%llu,\"digest\":%s}\n",
                    static_cast<unsigned long long>(calls_), static_cast<unsigned long long>(runs_),
                    static_cast<unsigned long long>(wrong_), digest_json(digest_.value()).c_str());
    }

    const Options options_;
    std::map<std::array<std::string, 3>, Row> table_;  // by call, error and rule
    std::uint64_t calls_ = 0;
    std::uint64_t runs_ = 0;
    std::uint64_t wrong_ = 0;
    Digest digest_;
};

}  // namespace

int exhaust(const Options& options) { return Exhaust{options}.run(); }

}  // namespace station::lab
