// NAME [--list] [--only ID] [--schedules N] [--seed S] [--replay S] [--json FILE]
#include <sys/personality.h>
#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <loadgen/child/findings.hpp>
#include <loadgen/explore/explorer.hpp>
#include <loadgen/explore/schedule.hpp>
#include <loadgen/explore/trace.hpp>

namespace station::explore {
namespace {

constexpr std::uint64_t kSchedules = 1000;
constexpr std::uint64_t kSeed = 1;

std::vector<Scenario>& scenarios() {
    static std::vector<Scenario> all;
    return all;
}

// Addresses that differ from run to run would let a program that looks at them (a hash of a pointer) take another way.
void keep_addresses(char** argv) {
    const int before = ::personality(0xffffffff);
    if (before < 0 || (before & ADDR_NO_RANDOMIZE) != 0) return;
    if (::personality(static_cast<unsigned long>(before) | ADDR_NO_RANDOMIZE) < 0) return;
    ::execv("/proc/self/exe", argv);
}

const char* name_of(Kind kind) {
    switch (kind) {
        case Kind::race: return "race";
        case Kind::deadlock: return "deadlock";
        case Kind::lost_wake_up: return "lost-wake-up";
        case Kind::assertion: return "assertion";
        case Kind::spin: return "spin";
        case Kind::crash: return "crash";
        case Kind::none: break;
    }
    return "none";
}

std::string with_commas(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
        text.insert(static_cast<std::size_t>(at), ",");
    }
    return text;
}

std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(width, text.size()), ' ');
    return text;
}

void print_story(const std::vector<StoryLine>& story) {
    std::size_t thread = 0;
    std::size_t at = 0;
    for (const StoryLine& line : story) {
        thread = std::max(thread, std::string_view{line.thread}.size());
        at = std::max(at, std::string_view{line.at}.size());
    }
    for (const StoryLine& line : story) {
        child::print_field(&line == story.data() ? "story" : "",
                           padded(line.thread, thread) + "  " + padded(line.at, at) + "  " + line.what);
    }
}

void print(const std::string& id, const Scenario& scenario, const Finding& finding, std::uint64_t schedules) {
    const std::string seed = std::to_string(finding.seed);
    std::cout << "FAIL  " << id << ": " << scenario.title << "\n";
    child::print_field("found", "schedule " + with_commas(static_cast<std::uint64_t>(finding.schedules)) + " of " +
                                    with_commas(schedules) + ", seed " + seed + " (--replay " + seed + " --only " + id +
                                    " shows it again)");
    child::print_field("what", finding.cause);
    print_story(finding.story);
}

void describe(const Finding& finding, nlohmann::ordered_json& into) {
    into["schedules"] = finding.schedules;
    if (finding.kind == Kind::none) return;
    into["verdict"] = "fail";
    into["cause"] = finding.cause;
    into["kind"] = name_of(finding.kind);
    into["seed"] = finding.seed;
    into["story"] = nlohmann::ordered_json::array();
    for (const StoryLine& line : finding.story) {
        into["story"].push_back({{"thread", line.thread}, {"at", line.at}, {"what", line.what}});
    }
}

int run(const child::Options& options) {
    start_explorer();
    const auto replayed = options.numbers.find("--replay");
    const bool replays = replayed != options.numbers.end();
    const std::uint64_t schedules = replays ? 1 : std::max<std::uint64_t>(1, options.number("--schedules", kSchedules));
    child::Findings findings;
    std::uint64_t ran = 0;
    for (const Scenario& scenario : scenarios()) {
        const std::string id = "explore." + std::string{scenario.id};
        if (!options.only.empty() && options.only != id) continue;
        const Finding finding = replays
                                    ? replay(scenario, replayed->second)
                                    : explore(scenario, static_cast<long>(schedules), options.number("--seed", kSeed));
        ran += static_cast<std::uint64_t>(finding.schedules);
        describe(finding, findings.add(id, scenario.title));
        if (finding.kind != Kind::none) print(id, scenario, finding, schedules);
    }
    std::printf("explore: %s, %zu scenarios, %zu failed, %s schedules, %.1f s\n", findings.verdict().c_str(),
                findings.count(), findings.failed(), with_commas(ran).c_str(), findings.seconds());
    return findings.write(options);
}

}  // namespace

Registered::Registered(const Scenario& one) { scenarios().push_back(one); }

void name(const char* thread_name) {
    if (!watched()) return;
    const Inside guard;
    int others = 0;
    for (int i = 0; i < thread_count(); ++i) {
        const std::string_view other{thread(i).name};
        const bool same = other == thread_name || other.starts_with(std::string{thread_name} + " (");
        others += i != self().id && same;
    }
    std::snprintf(self().name, sizeof self().name, others == 0 ? "%s" : "%s (%d)", thread_name, others + 1);
}

void fail(const char* what) {
    if (!watched()) return;
    const Inside guard;
    note({Act::verdict, what, "", nullptr, 0, 0, 0}, __builtin_return_address(0));
    end(Kind::assertion, what);
}

}  // namespace station::explore

int main(int argc, char** argv) {
    using namespace station;
    const auto options = child::parse(argc, argv, {"--schedules", "--seed", "--replay"});
    if (!options) return 2;
    if (options->list) {
        for (const auto& one : explore::scenarios()) std::cout << "explore." << one.id << "\t" << one.title << "\n";
        return 0;
    }
    explore::keep_addresses(argv);
    return explore::run(*options);
}
