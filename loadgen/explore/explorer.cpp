#include <loadgen/explore/explorer.hpp>

#include <sched.h>
#include <sys/wait.h>
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <loadgen/child/child.hpp>
#include <loadgen/explore/schedule.hpp>
#include <loadgen/explore/symbols.hpp>
#include <loadgen/explore/trace.hpp>

namespace station::explore {
namespace {

// A child is a fresh process, in which static variables are not initialised yet; a fork costs as much as some schedules.
constexpr long kBatch = 25;
// Only ends what would never end: a batch takes milliseconds.
constexpr std::chrono::seconds kPatience{30};
constexpr int kMostAttempts = 400;
constexpr int kMostAttemptsOfSpins = 40;  // one of which takes tens of thousands of steps

void on_signal(int number) {
    inside = true;
    const char* what = "the program ends itself (SIGABRT)";
    if (number == SIGSEGV) what = "the program crashes (SIGSEGV): it uses memory that is not there";
    if (number == SIGBUS) what = "the program crashes (SIGBUS)";
    if (number == SIGFPE) what = "the program crashes (SIGFPE): it divides by zero";
    note({Act::verdict, what, "", nullptr, 0, 0, 0}, nullptr);
    end(Kind::crash, what);
}

void stay_on_one_core() {
    const int here = ::sched_getcpu();
    cpu_set_t one;
    CPU_ZERO(&one);
    if (here < 0) return;
    CPU_SET(here, &one);
    ::sched_setaffinity(0, sizeof one, &one);
}

// What the child that ran the schedules says; the outcome is in `outcome`.
void run_in_child(const std::function<void()>& schedules) {
    outcome->kind = Kind::none;
    outcome->completed = false;
    outcome->decision_count = outcome->line_count = 0;
    const auto ending = child::run_alone(
        [&] {
            stay_on_one_core();
            for (const int number : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE}) std::signal(number, on_signal);
            schedules();
            outcome->completed = true;
            std::_Exit(0);
        },
        kPatience);
    if (outcome->completed) return;
    const auto fails_as = [](Kind kind, const char* cause) {
        outcome->kind = kind;
        std::snprintf(outcome->cause, sizeof outcome->cause, "%s", cause);
    };
    if (!ending.in_time) {
        fails_as(Kind::spin, "a thread runs for ever and looks at nothing that another one could change");
    } else if (outcome->kind == Kind::none) {
        fails_as(Kind::crash, WIFSIGNALED(ending.status) ? ::strsignal(WTERMSIG(ending.status))
                                                         : "the program ends in the middle of a schedule");
    }
    if (outcome->kind != Kind::crash || ending.said.empty()) return;
    const std::size_t length = std::strlen(outcome->cause);
    const std::string first = ending.said.substr(0, ending.said.find('\n'));
    std::snprintf(outcome->cause + length, sizeof outcome->cause - length, ": %s", first.c_str());
}

std::vector<Decision> decisions_of_outcome() {
    return {outcome->decisions, outcome->decisions + outcome->decision_count};
}

class Search {
  public:
    explicit Search(const Scenario& scenario) : scenario_(scenario) {}

    // False: it fails.
    bool run_straight() {
        run_in_child([&] { run_schedule(scenario_.run, {}); });
        usual_steps_ = outcome->steps;
        return outcome->kind == Kind::none;
    }

    // The number of the first schedule that fails, of `schedules` from `seed` on; 0: none does.
    long find(long schedules, std::uint64_t seed) {
        for (long begin = 0; begin < schedules; begin += kBatch) {
            const long end = std::min(begin + kBatch, schedules);
            run_in_child([&] {
                for (long i = begin; i < end; ++i) {
                    outcome->index = i;
                    run_schedule(scenario_.run, order_of(seed + static_cast<std::uint64_t>(i)));
                }
            });
            if (outcome->kind != Kind::none) return outcome->index + 1;
        }
        return 0;
    }

    // Of the schedule whose outcome is there.
    Finding tell(std::uint64_t seed) {
        Finding finding{outcome->kind, outcome->cause, seed, 0, {}};
        const std::vector<Decision> in_batch = decisions_of_outcome();
        if (seed != 0) run_in_child([&] { run_schedule(scenario_.run, order_of(seed)); });
        if (outcome->kind == Kind::none) {
            // It needs what the schedules before it left behind: its decisions alone may do.
            if (!attempt(in_batch, finding)) return finding;
        } else {
            finding.kind = outcome->kind;
            finding.cause = outcome->cause;
        }
        const std::vector<Decision> shortest = shortened(decisions_of_outcome(), finding);
        const Order order{Strategy::replay, 0, usual_steps_, plan_of(shortest), true};
        run_in_child([&] { run_schedule(scenario_.run, order); });
        if (outcome->kind != finding.kind) return finding;
        finding.cause = outcome->cause;
        finding.story.assign(outcome->story, outcome->story + outcome->line_count);
        return finding;
    }

  private:
    Order order_of(std::uint64_t seed) const {
        return {seed % 2 == 0 ? Strategy::pct : Strategy::coin, seed, usual_steps_, {}, false};
    }

    bool attempt(const std::vector<Decision>& decisions, const Finding& wanted) {
        const Order order{Strategy::replay, 0, usual_steps_, plan_of(decisions), false};
        run_in_child([&] { run_schedule(scenario_.run, order); });
        if (outcome->kind != wanted.kind) return false;
        return wanted.kind != Kind::assertion || wanted.cause == outcome->cause;
    }

    std::vector<Decision> shortened(std::vector<Decision> best, const Finding& wanted) {
        int left = wanted.kind == Kind::spin ? kMostAttemptsOfSpins : kMostAttempts;
        std::size_t chunk = std::max<std::size_t>(1, best.size() / 2);
        while (left > 0 && !best.empty()) {
            bool shorter = false;
            for (std::size_t at = 0; at < best.size() && left > 0; --left) {
                auto without = best;
                const auto begin = without.begin() + static_cast<std::ptrdiff_t>(at);
                const auto size = std::min(chunk, best.size() - at);
                without.erase(begin, begin + static_cast<std::ptrdiff_t>(size));
                if (!attempt(without, wanted)) {
                    at += chunk;
                    continue;
                }
                shorter = true;
                // What of them was carried out may be fewer.
                const auto carried_out = decisions_of_outcome();
                best = carried_out.size() < without.size() ? carried_out : without;
            }
            if (chunk == 1 && !shorter) break;
            chunk = std::max<std::size_t>(1, chunk / 2);
        }
        return best;
    }

    const Scenario& scenario_;
    long usual_steps_ = 0;
};

}  // namespace

void start_explorer() {
    outcome = static_cast<Outcome*>(child::shared_memory(sizeof(Outcome)));
    start_symbols();
}

Finding explore(const Scenario& scenario, long schedules, std::uint64_t seed) {
    Search search{scenario};
    long number = 1;
    if (search.run_straight()) {
        const long found = search.find(schedules - 1, seed);
        if (found == 0) return {Kind::none, {}, 0, schedules, {}};
        number += found;
    }
    Finding finding = search.tell(number == 1 ? 0 : outcome->seed);
    finding.schedules = number;
    return finding;
}

Finding replay(const Scenario& scenario, std::uint64_t seed) {
    Search search{scenario};
    const bool straight_holds = search.run_straight();
    if (seed != 0) search.find(1, seed);
    if (seed == 0 ? straight_holds : outcome->kind == Kind::none) return {Kind::none, {}, 0, 1, {}};
    Finding finding = search.tell(seed);
    finding.schedules = 1;
    return finding;
}

}  // namespace station::explore
