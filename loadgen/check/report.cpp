#include <loadgen/check/report.hpp>

#include <algorithm>
#include <iomanip>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>

namespace station::check {
namespace {

// Who has broken one thing fails many cases; the first ones are the simplest.
constexpr std::size_t kMostShown = 10;

struct GroupSum {
    const Group* group = nullptr;
    std::size_t cases = 0;
    std::size_t runs = 0;
    std::size_t failed = 0;
};

std::vector<GroupSum> sum_up(const ContractResult& result) {
    std::vector<GroupSum> sums;
    for (const CaseResult& one : result.cases) {
        if (sums.empty() || sums.back().group != one.group) sums.push_back({one.group});
        sums.back().cases += one.skipped.empty() ? 1 : 0;
        sums.back().runs += one.runs;
        sums.back().failed += one.failed_runs > 0 ? 1 : 0;
    }
    return sums;
}

std::string plural(std::size_t count, const std::string& word) {
    return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

void print_group(std::ostream& out, const GroupSum& sum) {
    const std::string verdict = sum.failed == 0 ? "ok" : std::to_string(sum.failed) + " failed";
    const std::string runs = sum.runs > sum.cases ? ", " + plural(sum.runs, "run") : "";
    out << "  " << std::left << std::setw(12) << sum.group->name << std::setw(22) << plural(sum.cases, "case") + runs
        << " " << std::setw(10) << verdict << " " << sum.group->about << "\n";
}

void print_field(std::ostream& out, const char* name, const std::string& text) {
    out << "  " << std::left << std::setw(9) << name << " " << text << "\n";
}

void print_failure(std::ostream& out, const CaseResult& one) {
    out << "\nFAIL  " << one.what->id << ": " << one.what->name << "\n";
    for (const std::string& sent : one.failure->sent) print_field(out, "sent", sent);
    if (one.runs > 1) {
        print_field(out, "",
                    "in two pieces, cut after byte " + std::to_string(one.first_failed_run + 1) + " (" +
                        std::to_string(one.failed_runs) + " of " + plural(one.runs, "run") + " failed)");
    }
    print_field(out, "expected", one.failure->expected);
    print_field(out, "came", one.failure->came);
    print_field(out, "next", what_next(one));
}

void print_failures(std::ostream& out, const ContractResult& result) {
    std::vector<const CaseResult*> failed;
    for (const CaseResult& one : result.cases) {
        if (one.failure) failed.push_back(&one);
    }
    // A program that died comes first: what else failed may be for that.
    std::stable_partition(failed.begin(), failed.end(), [](const CaseResult* one) { return one->failure->died; });
    // Cases run side by side: one more may have failed before the first failure was known.
    const bool stopped = std::any_of(result.cases.begin(), result.cases.end(),
                                     [](const CaseResult& one) { return one.skipped == kNotAsked; });
    if (stopped && failed.size() > 1) failed.resize(1);
    const std::size_t count = failed.size();
    for (std::size_t i = 0; i < std::min(count, kMostShown); ++i) print_failure(out, *failed[i]);
    if (count > kMostShown) {
        out << "\n… and " << plural(count - kMostShown, "case")
            << " more that failed; --json FILE tells of all of them\n";
    }
}

void print_skipped(std::ostream& out, const ContractResult& result) {
    std::map<std::string, std::size_t> reasons;
    for (const CaseResult& one : result.cases) {
        if (!one.skipped.empty()) ++reasons[one.skipped];
    }
    for (const auto& [reason, count] : reasons) {
        out << "  skipped: " << plural(count, "case") << " (" << reason << ")\n";
    }
}

}  // namespace

std::string what_next(const CaseResult& one) {
    const std::string again = "; then again with --only " + one.what->id;
    if (one.failure && one.failure->died) return "start it by hand, under a debugger, and send what was sent" + again;
    return (one.what->next.empty() ? one.group->next : one.what->next) + again;
}

void print(std::ostream& out, const ContractResult& result) {
    for (const GroupSum& sum : sum_up(result)) {
        if (sum.cases > 0) print_group(out, sum);
    }
    print_skipped(out, result);
    print_failures(out, result);
    if (!result.trouble.empty()) out << "\nFAIL  " << result.trouble << "\n";

    const auto failed = std::count_if(result.cases.begin(), result.cases.end(),
                                      [](const CaseResult& one) { return one.failed_runs > 0; });
    const auto ran = std::count_if(result.cases.begin(), result.cases.end(),
                                   [](const CaseResult& one) { return one.skipped.empty(); });
    out << (result.verdict() == Verdict::pass ? "" : "\n") << "contract: " << to_string(result.verdict()) << ", "
        << plural(static_cast<std::size_t>(ran), "case");
    if (failed > 0) out << ", " << failed << " failed";
    out << ", " << std::fixed << std::setprecision(1) << static_cast<double>(result.elapsed.count()) / 1000 << " s\n";
}

nlohmann::ordered_json to_json(const ContractResult& result) {
    auto cases = nlohmann::ordered_json::array();
    for (const CaseResult& one : result.cases) {
        const char* const verdict = !one.skipped.empty() ? "skipped" : one.failed_runs > 0 ? "fail" : "pass";
        nlohmann::ordered_json line{{"id", one.what->id},
                                    {"group", one.group->name},
                                    {"name", one.what->name},
                                    {"verdict", verdict}};
        if (!one.skipped.empty()) line["why"] = one.skipped;
        line["runs"] = one.runs;
        line["failed_runs"] = one.failed_runs;
        if (one.failure) {
            line["sent"] = one.failure->sent;
            line["expected"] = one.failure->expected;
            line["came"] = one.failure->came;
            line["next"] = what_next(one);
        }
        cases.push_back(std::move(line));
    }
    return {{"verdict", to_string(result.verdict())},
            {"trouble", result.trouble},
            {"seconds", static_cast<double>(result.elapsed.count()) / 1000},
            {"cases", std::move(cases)}};
}

}  // namespace station::check
