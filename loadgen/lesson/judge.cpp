#include <loadgen/lesson/judge.hpp>

#include <sys/resource.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <loadgen/draw/scale.hpp>
#include <thread>

namespace station::lesson {
namespace {

// Half a core is enough to turn a ratio on two cores; on a big machine it is nothing.
constexpr double kLoudCores = 0.5;
constexpr double kLoudShare = 0.1;
constexpr double kLoudDrift = 1.3;
// The most that two busy cores instead of two idle ones turn a ratio by.
constexpr double kNoiseExplains = 3;
// One bad moment, an other's hundred milliseconds, turns a p99 further; what is missed by more than this is so.
constexpr double kBadMoment = 10;
// The most that two runs of one program differ by on a busy machine: who misses by more than that times what the
// repository's own step misses by is slow by itself.
constexpr double kBetweenTwoRuns = 8;
constexpr double kCounted = std::numeric_limits<double>::infinity();

double processors() { return std::max(1.0, static_cast<double>(std::thread::hardware_concurrency())); }

// User, nice, system and steal of the first line of /proc/stat. Interrupts are left out: those of our own packets would
// look like somebody else's work.
double machine_seconds() {
    std::ifstream stat{"/proc/stat"};
    std::string name;
    stat >> name;
    std::array<double, 8> ticks{};
    for (double& tick : ticks) stat >> tick;
    return (ticks[0] + ticks[1] + ticks[2] + ticks[7]) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

double own_seconds() {
    double sum = 0;
    for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
        rusage usage{};
        ::getrusage(who, &usage);
        sum += seconds(usage.ru_utime) + seconds(usage.ru_stime);
    }
    return sum;
}

// The best of a few tries of the same piece of work: the machine's speed, as it is now.
double yardstick_seconds() {
    double best = 1e9;
    for (int attempt = 0; attempt < 5; ++attempt) {
        const auto begin = std::chrono::steady_clock::now();
        std::uint64_t number = 88172645463325252;  // xorshift64: a chain that no compiler shortens
        for (int i = 0; i < 1'000'000; ++i) {
            number ^= number << 13;
            number ^= number >> 7;
            number ^= number << 17;
        }
        volatile std::uint64_t sink = number;
        static_cast<void>(sink);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        best = std::min(best, took.count());
    }
    return best;
}

Finding judge(Claim claim, bool is_pain) {
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
            .is_pain = is_pain,
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

}  // namespace

bool Noise::is_loud() const { return (others > kLoudCores && others > kLoudShare * processors) || drift > kLoudDrift; }

NoiseMeter::NoiseMeter() : begin_(read()) {}

NoiseMeter::Reading NoiseMeter::read() {
    Reading reading;
    reading.yardstick = yardstick_seconds();
    reading.at = std::chrono::steady_clock::now();
    reading.machine = machine_seconds();
    reading.own = own_seconds();
    return reading;
}

Noise NoiseMeter::so_far() const {
    Reading end = read();
    const double elapsed = std::chrono::duration<double>(end.at - begin_.at).count();
    const double others = (end.machine - begin_.machine) - (end.own - begin_.own);
    const auto [fast, slow] = std::minmax(begin_.yardstick, end.yardstick);
    return {.others = elapsed > 0 ? std::max(0.0, others / elapsed) : 0,
            .processors = processors(),
            .drift = fast > 0 ? slow / fast : 1};
}

Bound at_least(double value, double limit) { return {value >= limit, value > 0 ? limit / value : kCounted}; }

Bound at_most(double value, double limit, double hardly) {
    return {value <= limit, value > 0 ? value / limit : 0, hardly};
}

Bound both(Bound a, Bound b) {
    return {a.holds && b.holds, std::max(a.missed_by, b.missed_by), std::max(a.hardly, b.hardly)};
}

Bound counted(bool holds) { return {holds, holds ? 0 : kCounted}; }
Bound by_chance(bool holds) { return {holds, holds ? 0 : kNoiseExplains}; }

Finding judge_gain(Claim claim) { return judge(std::move(claim), false); }
Finding judge_pain(Claim claim) { return judge(std::move(claim), true); }

Finding judge_unseen(Claim claim, std::string why) {
    claim.bound = counted(false);
    claim.cause = std::move(why);
    claim.next = "Make the program show it, as docs/protocol.md says, and check again";
    Finding finding = judge(std::move(claim), false);
    finding.verdict = Verdict::inconclusive;
    return finding;
}

bool is_doubtful(const Lesson& lesson) { return !doubtful(lesson).empty(); }

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

void excuse_pains(Lesson& lesson) {
    for (Finding& finding : lesson.findings) {
        if (!finding.is_pain || finding.verdict == Verdict::pass) continue;
        finding.verdict = Verdict::pass;
        finding.expected += "; this program does better";
    }
}

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

void reconsider(Lesson& lesson, const Noise& noise, bool is_own) {
    if (!noise.is_loud()) return;
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

Verdict overall(const Lesson& lesson) {
    Verdict worst = Verdict::pass;
    for (const Finding& finding : lesson.findings) {
        worst = worse(worst, finding.verdict);
    }
    return worst;
}

std::string to_text(const Finding& finding) {
    std::string verdict{to_string(finding.verdict)};
    for (char& letter : verdict) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    const std::string unit = finding.unit.empty() ? "" : " " + finding.unit;
    std::string text = verdict + " " + finding.id + ": " + finding.what + ": " + draw::format_number(finding.measured) +
                       unit + " (" + draw::format_ratio(finding.ratio) + ", expected " + finding.expected + ")";
    if (finding.verdict != Verdict::pass) text += "\n     cause: " + finding.cause + "\n     next: " + finding.next;
    return text;
}

}  // namespace station::lesson
