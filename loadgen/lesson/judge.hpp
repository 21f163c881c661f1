// When a measurement counts: how busy the machine was with other things, and what follows from that.
#pragma once

#include <chrono>
#include <loadgen/lesson/lesson.hpp>
#include <string>

namespace station::lesson {

// What else went on while something was measured.
struct Noise {
    double others = 0;      // cores that other programs used, or the hypervisor kept, on average
    double processors = 1;  // cores of the machine
    double drift = 1;       // how much longer the same piece of work took once than another time; 1: no longer

    bool is_loud() const;
};

// Measures noise from its construction on. What this process and its children that were waited for used is not noise.
class NoiseMeter {
  public:
    NoiseMeter();
    Noise so_far() const;  // works for some 20 ms

  private:
    struct Reading {
        std::chrono::steady_clock::time_point at;
        double machine = 0;  // seconds of processor time
        double own = 0;
        double yardstick = 0;  // seconds that a fixed piece of work took
    };
    static Reading read();

    Reading begin_;
};

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

// True where the lesson is worth repeating: something that was timed failed.
bool is_doubtful(const Lesson& lesson);
// Something was missed by so little that noise may explain it.
bool is_near(const Lesson& lesson);
// The ids of what is doubtful.
std::set<std::string> doubtful(const Lesson& lesson);

// Puts the findings of `again` in the place of those with the same ids.
void replace(Lesson& lesson, Lesson again);

// Pains that do not show are no failure.
void excuse_pains(Lesson& lesson);

// A timed failure that the repository's own step, measured in the same run, shares is the machine's, not the program's.
void calibrate(Lesson& lesson, const Lesson& reference);

// What failed by no more than noise can do is not called failed where the machine was loud. Where the program is the
// repository's own, there is nothing to calibrate against: no timed failure counts on a loud machine.
void reconsider(Lesson& lesson, const Noise& noise, bool is_own);

}  // namespace station::lesson
