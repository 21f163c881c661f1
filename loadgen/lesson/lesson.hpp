// The lesson of a step, as an experiment: which load shows what the step is good for and how it is wrong, what to
// expect, and whether it showed. The contract checks ask whether a program answers rightly; these ask how it fares
// under load. They talk TCP and signals only, so they run against any program in any language.
//
// Numbers are ratios within one run, so that they hold on any machine; where the machine was too busy with other
// things to tell, the verdict says so.
#pragma once

#include <functional>
#include <initializer_list>
#include <loadgen/lesson/finding.hpp>
#include <loadgen/target/process.hpp>
#include <loadgen/target/target.hpp>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace station::lesson {

class Observer;  // observer.hpp

// Something that can be started with the options of a step and then listens.
struct Program {
    std::string name = {};   // tells it from all others: "build/bin/step05_bounded_channel"
    std::string label = {};  // short, for graphs: "step 5"
    std::function<tl::expected<target::Server, std::string>(const std::vector<std::string>& options)> start = {};
    bool is_own = false;                      // the repository's own step
    std::shared_ptr<Observer> observer = {};  // sees what is sent and received; nullptr: nobody looks
    std::shared_ptr<std::string> death = {};  // takes how it ended where nobody had told it to; nullptr: nobody asks
};

// What graphs call a step: "step 5".
std::string step_label(int step);

// A step's binary in that folder.
Program step_program(const std::string& bin_dir, int step);
// The last step's binary in that folder; its lesson starts it by itself.
Program station_program(const std::string& bin_dir);
// Any program. A command takes the options of the steps where it says {options}, or at its end. A server that runs
// already can't be started, so each of its lessons fails.
Program to_program(const target::Program& program, std::chrono::milliseconds start_patience = target::kStartPatience);

struct Measurements;  // what was measured so far, so that neighbours are measured once

struct Context {
    explicit Context(std::string bin);

    std::string bin_dir;         // where the steps are, for comparisons with the neighbour
    int drains = 5;              // how often step 10 is told to stop under load
    std::string data_dir = ".";  // where the last step's data goes, for as long as it is measured
    std::function<void(std::string_view doing)> progress = [](std::string_view) {};
    std::shared_ptr<Measurements> known;
    std::set<std::string> wanted = {};  // ids of findings; empty: all. What only other ones need is not measured
    bool complete = true;               // false: no measurements that only figures need
    bool slow = false;                  // waits for what takes minutes in a slow program, too

    // Whether an experiment is wanted that these findings come from; where it is, the observer hears that it begins.
    bool wants(std::initializer_list<std::string_view> ids) const;
    std::shared_ptr<Observer> observer = {};  // of the program under check
    mutable std::string looking_at = {};      // the finding that was wanted last

    bool stops = false;               // at the first failure: what comes after it is not measured
    std::set<std::string> done = {};  // findings that are known already, and their experiments with them
    Lesson* so_far = nullptr;         // what is measured now; hears of what is not run
};

// Runs the lesson of `step` (1 to 10, or kFinalStation) against `program`; takes 2 to 20 seconds. What can't be
// measured (the program does not start, ends early, says nothing) is a finding that failed. One thread at a time; it
// must outlive the call, since the programs die with the thread that started them.
Lesson run_lesson(int step, const Program& program, Context& context);

// The same, without a second try where something is not as expected: for a program that is only there to compare with.
Lesson run_lesson_once(int step, const Program& program, Context& context);

}  // namespace station::lesson
