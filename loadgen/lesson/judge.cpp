#include <loadgen/lesson/judge.hpp>

#include <algorithm>
#include <limits>
#include <loadgen/draw/scale.hpp>

namespace station::lesson {
namespace {

// The most that two busy cores instead of two idle ones turn a ratio by.
constexpr double kNoiseExplains = 3;
// One bad moment, an other's hundred milliseconds, turns a p99 further; what is missed by more than this is so.
constexpr double kBadMoment = 10;
// The most that two runs of one program differ by on a busy machine: who misses by more than that times what the
// repository's own step misses by is slow by itself.
constexpr double kBetweenTwoRuns = 8;
constexpr double kCounted = std::numeric_limits<double>::infinity();

Finding judge(Claim claim, Finding::Role role) {
    return {.id = std::move(claim.id),
            .title = std::move(claim.title),
            .what = std::move(claim.what),
            .measured = claim.measured,
            .unit = std::move(claim.unit),
            .expected = std::move(claim.expected),
            .ratio = claim.ratio,
            .verdict = claim.bound.holds ? Verdict::pass : Verdict::fail,
            .cause = claim.bound.holds ? std::move(claim.shown) : std::move(claim.cause),
            .next = claim.bound.holds ? std::string{} : std::move(claim.next),
            .role = role,
            .missed_by = claim.bound.missed_by,
            .hardly = claim.bound.hardly};
}

template <typename SomeLesson>
auto* find(SomeLesson& lesson, const std::string& id) {
    const auto found = std::find_if(lesson.findings.begin(), lesson.findings.end(),
                                    [&](const Finding& finding) { return finding.id == id; });
    return found == lesson.findings.end() ? nullptr : &*found;
}

// Whether what the repository's own step came to in the same run leaves room for doubt about another program.
bool can_explain(const Finding& own, const Finding& missed) {
    if (own.verdict != Verdict::pass) return missed.missed_by <= kBetweenTwoRuns * own.missed_by;
    return own.missed_by > own.hardly && missed.missed_by <= kNoiseExplains * own.missed_by;
}

// Pains that do not show are no failure.
void excuse_pains(Lesson& lesson) {
    for (Finding& finding : lesson.findings) {
        if (finding.role != Finding::Role::pain || finding.verdict == Verdict::pass) continue;
        finding.verdict = Verdict::pass;
        finding.expected += "; this program does better";
    }
}

// A timed failure that the repository's own step, measured in the same run, shares is the machine's, not the
// program's.
void calibrate(Lesson& lesson, const Lesson& reference) {
    for (Finding& finding : lesson.findings) {
        if (finding.verdict != Verdict::fail || finding.missed_by == kCounted) continue;
        const Finding* const own = find(reference, finding.id);
        if (own == nullptr) continue;
        const std::string unit = finding.unit.empty() ? "" : " " + finding.unit;
        const std::string measured =
            "the repository's own step, measured in the same run, came to " + draw::format_number(own->measured) + unit;
        if (!can_explain(*own, finding)) {
            finding.cause += " (" + measured + ")";
            continue;
        }
        finding.verdict = Verdict::inconclusive;
        finding.cause = "This machine can't show it now: " + measured +
                        (own->verdict == Verdict::pass ? ", hardly as expected" : ", which is not as expected either");
        finding.next = "Run it again while nothing else runs";
    }
}

// What failed by no more than noise can do is not called failed. Where the program is the repository's own, there is
// nothing to calibrate against: no timed failure counts.
void reconsider(Lesson& lesson, const Noise& noise, bool is_own) {
    const double explained = is_own ? std::numeric_limits<double>::max() : kNoiseExplains;
    for (Finding& finding : lesson.findings) {
        if (finding.verdict != Verdict::fail || finding.missed_by > explained) continue;
        finding.verdict = Verdict::inconclusive;
        finding.cause = "The machine was too busy to tell: others took " + draw::format_number(noise.others) + " of " +
                        draw::format_number(noise.processors) + " cores, and the same work took up to " +
                        draw::format_number(noise.drift) + " times as long";
        finding.next = "Run it again while nothing else runs";
    }
}

}  // namespace

Bound at_least(double value, double limit) { return {value >= limit, value > 0 ? limit / value : kCounted}; }

Bound at_most(double value, double limit, double hardly) {
    return {value <= limit, value > 0 ? value / limit : 0, hardly};
}

Bound both(Bound a, Bound b) {
    return {a.holds && b.holds, std::max(a.missed_by, b.missed_by), std::max(a.hardly, b.hardly)};
}

Bound counted(bool holds) { return {holds, holds ? 0 : kCounted}; }
Bound by_chance(bool holds) { return {holds, holds ? 0 : kNoiseExplains}; }

Finding judge_gain(Claim claim) { return judge(std::move(claim), Finding::Role::gain); }
Finding judge_pain(Claim claim) { return judge(std::move(claim), Finding::Role::pain); }

Finding judge_unseen(Claim claim, std::string why) {
    claim.bound = counted(false);
    claim.cause = std::move(why);
    claim.next = "Make the program show it, as docs/protocol.md says, and check again";
    Finding finding = judge(std::move(claim), Finding::Role::unseen);
    finding.verdict = Verdict::inconclusive;
    return finding;
}

bool is_near(const Lesson& lesson) {
    return std::any_of(lesson.findings.begin(), lesson.findings.end(), [](const Finding& finding) {
        return finding.verdict == Verdict::fail && finding.missed_by <= kBadMoment;
    });
}

std::set<std::string> doubtful(const Lesson& lesson) {
    std::set<std::string> ids;
    for (const Finding& finding : lesson.findings) {
        if (finding.verdict == Verdict::fail && finding.missed_by < kCounted) ids.insert(finding.id);
    }
    return ids;
}

void replace(Lesson& lesson, Lesson again) {
    for (Finding& finding : again.findings) {
        Finding* const old = find(lesson, finding.id);
        if (old != nullptr) *old = std::move(finding);
    }
}

Lesson judged(Lesson measured, const Noise& noise, const Lesson* reference, bool is_own) {
    if (!is_own) excuse_pains(measured);
    if (reference != nullptr) calibrate(measured, *reference);
    if (noise.is_loud()) reconsider(measured, noise, is_own);
    return measured;
}

}  // namespace station::lesson
