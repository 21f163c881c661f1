#include <loadgen/check/outcome.hpp>

#include <algorithm>
#include <cmath>
#include <loadgen/check/report.hpp>
#include <nlohmann/json.hpp>

namespace station::check {
namespace {

using Json = nlohmann::ordered_json;

double rounded(double seconds) { return std::round(seconds * 10) / 10; }

Complaint complaint(const ContractResult& contract) {
    const auto first = [&](auto is_it) {
        return std::find_if(contract.cases.begin(), contract.cases.end(),
                            [&](const CaseResult& one) { return one.failure && is_it(*one.failure); });
    };
    // What killed the program comes before all that failed since it was dead.
    auto one = first([](const Failure& failure) { return failure.died; });
    if (one == contract.cases.end()) one = first([](const Failure&) { return true; });
    if (one != contract.cases.end()) {
        return {one->what->id,
                one->what->name + ": expected " + one->failure->expected + ", but came " + one->failure->came,
                what_next(*one)};
    }
    if (contract.trouble.empty()) return {};
    return {"contract", contract.trouble, "start it by hand and see what it says"};
}

Complaint complaint(const lesson::Lesson& lesson) {
    const Verdict worst = lesson::overall(lesson);
    if (worst == Verdict::pass) return {};
    const auto found = std::find_if(lesson.findings.begin(), lesson.findings.end(),
                                    [&](const lesson::Finding& finding) { return finding.verdict == worst; });
    return {found->id, found->cause, found->next};
}

std::vector<lesson::Run::Measured> history_findings(const Outcome& outcome) {
    std::vector<lesson::Run::Measured> findings;
    if (outcome.contract) {
        for (const CaseResult& one : outcome.contract->cases) {
            if (one.failed_runs == 0) continue;
            const auto failed = static_cast<double>(one.failed_runs);
            findings.push_back({.id = one.what->id,
                                .measured = failed,
                                .unit = "failed runs",
                                .ratio = failed / static_cast<double>(one.runs),
                                .verdict = Verdict::fail});
        }
    }
    if (outcome.lesson) {
        const auto measured = lesson::to_history(outcome.lesson->findings);
        findings.insert(findings.end(), measured.begin(), measured.end());
    }
    return findings;
}

// No more than was looked at.
std::string what_passed(const Options& options, const std::string& step) {
    if (!options.only.empty()) return "of " + step + ", what has \"" + options.only + "\" in its id or name.";
    if (!options.findings.empty()) return "of " + step + ", the findings that were asked for.";
    if (!options.lesson) return "the contract of " + step + "; its lesson was left out.";
    if (!options.contract) return "the lesson of " + step + "; its contract was left out.";
    return options.label + " is a right " + step + "; go on with ./dev next.";
}

// What nobody looked at, and would have.
std::string not_run(const Outcome& outcome, const Options& options) {
    if (!options.only.empty() || !options.findings.empty()) return {};
    std::string what;
    const auto add = [&](const std::string& more) { what += (what.empty() ? " Not run: " : ", ") + more; };
    const bool stopped = !options.all && outcome.verdict() == Verdict::fail;
    if (outcome.contract && stopped) {
        const auto& cases = outcome.contract->cases;
        const auto left =
            std::count_if(cases.begin(), cases.end(), [](const CaseResult& one) { return one.skipped == kNotAsked; });
        if (left > 0) add(std::to_string(left) + (left == 1 ? " case" : " cases"));
    }
    if (options.lesson && !outcome.lesson) add("the lesson");
    if (outcome.lesson) {
        for (const std::string& id : outcome.lesson->not_run) add(id);
    }
    if (what.empty()) return {};
    return what + (stopped ? "; --all runs it all." : ".");
}

}  // namespace

Verdict Outcome::verdict() const {
    Verdict verdict = Verdict::pass;
    if (contract) verdict = worse(verdict, contract->verdict());
    if (lesson) verdict = worse(verdict, lesson::overall(*lesson));
    return verdict;
}

Complaint complaint(const Outcome& outcome) {
    const Verdict worst = outcome.verdict();
    if (worst == Verdict::pass) return {};
    if (outcome.contract && outcome.contract->verdict() == worst) return complaint(*outcome.contract);
    return complaint(*outcome.lesson);
}

std::string last_line(const Outcome& outcome, const Options& options) {
    const std::string step = "step " + std::to_string(options.step);
    const Complaint why = complaint(outcome);
    const std::string trace = options.trace.empty() ? "" : " The trace is in " + options.trace + ".";
    const std::string rest = not_run(outcome, options);
    switch (outcome.verdict()) {
        case Verdict::pass: return "PASS: " + what_passed(options, step) + rest;
        case Verdict::inconclusive:
            return "INCONCLUSIVE: " + why.id + " can't be told now; " + why.next + "." + rest + trace;
        case Verdict::fail: break;
    }
    return "FAIL: " + options.label + " is no right " + step + " yet (" + why.id + "). Next: " + why.next + "." + rest +
           trace;
}

Json to_json(const Outcome& outcome, const Options& options) {
    const Complaint why = complaint(outcome);
    const Verdict verdict = outcome.verdict();
    Json json{{"step", options.step},
              {"program", to_string(options.program)},
              {"label", options.label},
              {"verdict", to_string(verdict)},
              {"id", why.id},
              {"cause", why.cause},
              {"next", why.next},
              {"trace", verdict == Verdict::pass ? "" : options.trace},
              {"seconds", rounded(outcome.seconds)}};
    if (outcome.contract) json["contract"] = to_json(*outcome.contract);
    if (outcome.lesson) json["lesson"] = lesson::to_json(*outcome.lesson);
    return json;
}

lesson::Run history_run(const Outcome& outcome, const Options& options) {
    return {.step = options.step,
            .program = options.label,
            .verdict = outcome.verdict(),
            .seconds = outcome.seconds,
            .findings = history_findings(outcome)};
}

}  // namespace station::check
