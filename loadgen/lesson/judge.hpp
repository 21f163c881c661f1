// When a measurement counts, and for what. Pure functions of what was measured, of the noise meanwhile, and of what the
// repository's own step came to: none of them starts a program, reads a clock or looks at the machine.
#pragma once

#include <loadgen/lesson/finding.hpp>
#include <loadgen/lesson/noise.hpp>
#include <set>
#include <string>

namespace station::lesson {

// Whether a claim holds, and by what factor it is missed; below 1: how near it came. Noise can turn a ratio a little,
// not tenfold; a count it can't turn at all.
struct Bound {
    bool holds = false;
    double missed_by = 1;
    // From this missed_by on the repository's own step hardly holds it: the machine has eaten what that usually has in
    // hand. A time that is usually a hundredth of its limit says so much earlier than a ratio that is near its own.
    double hardly = kHardlyHolds;
};
Bound at_least(double value, double limit);
Bound at_most(double value, double limit, double hardly = kHardlyHolds);
Bound both(Bound a, Bound b);
Bound counted(bool holds);
Bound by_chance(
    bool holds);  // counted, and where it does not show, two threads may just not have met on a busy machine

struct Claim {
    std::string id = {};
    std::string title = {};
    std::string what = {};
    double measured = 0;
    std::string unit = {};
    double ratio = 0;
    std::string expected = {};
    Bound bound = {};
    std::string shown = {};  // the cause where it holds
    std::string cause = {};  // the likely cause where it does not
    std::string next = {};   // the next move where it does not
};

Finding judge_gain(Claim claim);
Finding judge_pain(Claim claim);
// What this program does not let anybody see is no failure, and no pass: inconclusive, because of `why`.
Finding judge_unseen(Claim claim, std::string why);

// The verdict on what was measured of a program, `is_own` where it is the repository's own step. Pains that another
// program does not show are no failure. A timed failure that the `reference` (the repository's own step, measured in
// the same run; nullptr: it was not) shares is the machine's, not the program's. What failed by no more than noise can
// do is not called failed where the machine was loud; of the repository's own step, which has nothing to be calibrated
// against, no timed failure is. Noise{}: as on a quiet machine; what was judged so may be judged again with what is
// known since.
Lesson judged(Lesson measured, const Noise& noise, const Lesson* reference, bool is_own);

// Of a lesson that was judged as on a quiet machine, what is worth another measurement: what was timed, and failed.
std::set<std::string> doubtful(const Lesson& lesson);
// Something was missed by so little that noise may explain it.
bool is_near(const Lesson& lesson);

// Puts the findings of `again` in the place of those with the same ids.
void replace(Lesson& lesson, Lesson again);

}  // namespace station::lesson
