#include <loadgen/check/contract.hpp>

#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>
#include <loadgen/target/connection.hpp>
#include <mutex>
#include <random>
#include <thread>

namespace station::check {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

constexpr std::size_t kSideBySide = 4;
constexpr std::size_t kFailuresEnough = 3;  // of one case's runs: more of them say nothing new
constexpr std::size_t kMostRestarts = 5;
constexpr std::size_t kRecent = 32;  // runs that may have killed a server that is found dead
// A dying server's connections end a moment before it can be seen to be dead. Many connections end for other
// reasons, so the first look is short; where one run is all there is, there is time.
constexpr Milliseconds kGlance{20};
constexpr Milliseconds kDying{500};
// What a server dies of may be the end of a connection, which nobody waits for: the case has passed by then.
constexpr Milliseconds kAftermath{100};

struct Task {
    std::size_t index = 0;  // of the case
    std::size_t run = 0;
};

// A reply that never comes is waited for long, since machines stall, but not for each of a thousand cases.
class Patience {
  public:
    explicit Patience(Milliseconds at_first) : at_first_(at_first) {}

    Milliseconds now() const {
        const auto waits = waits_.load();
        return waits < 3 ? at_first_ : waits < 10 ? at_first_ / 10 : at_first_ / 25;
    }
    void waited_in_vain() { ++waits_; }

  private:
    const Milliseconds at_first_;
    std::atomic<int> waits_{0};
};

class ContractRun {
  public:
    ContractRun(const target::Program& program, const ContractOptions& options)
        : program_(program), options_(options), patience_(options.patience) {}

    ContractResult run(const std::vector<Group>& groups) {
        const auto started = Clock::now();
        plan(groups);
        if (start()) {
            run_side_by_side();
            for (const Task& task : alone_) {
                if (target_ && !is_over()) run_watched(task);
            }
        }
        finish();
        result_.elapsed = std::chrono::duration_cast<Milliseconds>(Clock::now() - started);
        return std::move(result_);
    }

  private:
    void plan(const std::vector<Group>& groups) {
        for (const Group& group : groups) {
            for (const Case& one : group.cases) {
                const bool meant = one.id.find(options_.only) != std::string::npos ||
                                   one.name.find(options_.only) != std::string::npos;
                if (!meant || one.steps.count(options_.step) == 0) continue;
                CaseResult result;
                result.what = &one;
                result.group = &group;
                if (one.slow && !options_.slow) result.skipped = "slow";
                if (!one.options.empty() && !target::takes_options(program_)) result.skipped = "needs server options";
                if (result.skipped.empty()) schedule(one, result_.cases.size());
                result_.cases.push_back(std::move(result));
            }
        }
    }

    void schedule(const Case& one, std::size_t index) {
        const bool can_start = !std::holds_alternative<target::RunningServer>(program_);
        const bool on_own_server = !one.options.empty() || (one.alone && can_start);
        auto& tasks = on_own_server ? on_own_server_ : one.alone ? alone_ : shared_;
        for (std::size_t run = 0; run < count_runs(one); ++run) tasks.push_back({index, run});
    }

    bool start() {
        auto target = target::Target::start(program_, {}, options_.start_patience());
        if (!target) {
            result_.trouble = target.error();
            return false;
        }
        const auto connection = target::Connection::open(target->endpoint(), options_.patience);
        if (!connection) {
            result_.trouble = to_string(program_) + ": " + connection.error();
            return false;
        }
        target_.emplace(std::move(*target));
        return true;
    }

    // Step 1 serves one client at a time, and is right to.
    std::size_t threads() const { return options_.step == 1 ? 1 : kSideBySide; }

    void run_side_by_side() {
        while (target_ && !shared_.empty()) {
            work_on(shared_, [this](const Task& task) { run_shared(task); });
            if (died_) find_who_killed_it();
        }
        work_on(on_own_server_, [this](const Task& task) { run_on_own_server(task); });
    }

    void work_on(std::deque<Task>& tasks, const std::function<void(const Task&)>& run) {
        const auto work = [&] {
            while (const auto task = take(tasks)) run(*task);
        };
        std::vector<std::jthread> workers;
        for (std::size_t i = 0; i < threads(); ++i) workers.emplace_back(work);
    }

    std::optional<Task> take(std::deque<Task>& tasks) {
        const std::lock_guard lock{mutex_};
        while (!died_ && !tasks.empty()) {
            const Task task = tasks.front();
            tasks.pop_front();
            if (is_over() && !result_.cases[task.index].failure) continue;
            if (result_.cases[task.index].failed_runs < kFailuresEnough) return task;
        }
        return std::nullopt;
    }

    std::optional<Failure> play(const Task& task, const target::Target& target) {
        const Setting setting{target.endpoint(), options_.step, patience_.now()};
        const std::uint64_t seed = seed_ + next_name_.fetch_add(1);
        auto failure = run_case(*result_.cases[task.index].what, task.run, Names{seed}, setting);
        if (failure) {
            failure->names = seed;
            failure->output = target.output();
        }
        if (failure && failure->waited_in_vain) patience_.waited_in_vain();
        return failure;
    }

    void run_shared(const Task& task) {
        auto failure = play(task, *target_);
        const std::lock_guard lock{mutex_};
        if (failure && failure->lost_connection && !died_) died_ = target_->death(kGlance).has_value();
        recent_.push_back(task);
        if (recent_.size() > kRecent) recent_.pop_front();
        // What failed because the server was dead is run again, once it is known who killed it.
        if (!died_ || !failure) record(task, std::move(failure));
    }

    // Runs one task with nothing beside it; where the server dies of it, that is the task's failure.
    void run_watched(const Task& task, Milliseconds aftermath = Milliseconds{0}) {
        auto failure = play(task, *target_);
        const auto death = target_->death(failure && failure->lost_connection ? kDying : aftermath);
        if (death) {
            if (!failure) failure.emplace();
            if (failure->expected.empty()) failure->expected = "a server that goes on";
            failure->came = "the server's death: it " + *death;
            failure->died = true;
            restart();
        }
        record(task, std::move(failure));
    }

    void run_on_own_server(const Task& task) {
        const Case& one = *result_.cases[task.index].what;
        auto target = target::Target::start(program_, one.options, options_.start_patience());
        std::optional<Failure> failure;
        if (!target) {
            failure.emplace();
            failure->expected = "a server";
            failure->came = target.error();
        } else {
            failure = play(task, *target);
            const auto death = target->death(failure && failure->lost_connection ? kDying : Milliseconds{0});
            if (!failure && death) failure.emplace();
            if (death) {
                if (failure->expected.empty()) failure->expected = "a server that goes on";
                failure->came = "the server's death: it " + *death;
                failure->died = true;
            }
        }
        const std::lock_guard lock{mutex_};
        record(task, std::move(failure));
    }

    // The runs that were under way when the server died, and those just before, once more and one by one.
    void find_who_killed_it() {
        const std::string how = *target_->death(kDying);
        const auto restarts = restarts_;
        died_ = false;
        restart();
        std::string suspects;
        for (const Task& task : std::exchange(recent_, {})) {
            if (target_) run_watched(task, restarts_ == restarts + 1 ? kAftermath : Milliseconds{0});
            const std::string& id = result_.cases[task.index].what->id;
            if (suspects.find(id) == std::string::npos) suspects += (suspects.empty() ? "" : ", ") + id;
        }
        if (target_ && restarts_ == restarts + 1) {
            result_.trouble = "the server died: it " + how + "; running at the time, or just before: " + suspects +
                              "; it survives each of them alone";
        }
    }

    void restart() {
        target_.reset();
        if (++restarts_ > kMostRestarts) {
            result_.trouble =
                "the server died " + std::to_string(restarts_) + " times; the remaining cases were not run";
            return;
        }
        auto target = target::Target::start(program_, {}, options_.start_patience());
        if (target) {
            target_.emplace(std::move(*target));
        } else {
            result_.trouble = "the server could not be started again: " + target.error();
        }
    }

    // Somebody has failed, and the rest is not asked for.
    bool is_over() const { return options_.stops && failed_; }

    void record(const Task& task, std::optional<Failure> failure) {
        CaseResult& result = result_.cases[task.index];
        ++result.runs;
        if (!failure) return;
        failed_ = true;
        if (result.failed_runs++ > 0 && task.run > result.first_failed_run) return;
        result.first_failed_run = task.run;
        result.failure = std::move(failure);
    }

    void finish() {
        for (CaseResult& result : result_.cases) {
            if (result.runs > 0 || !result.skipped.empty()) continue;
            result.skipped = is_over() ? kNotAsked : "there was no server";
        }
        if (!target_ || is_over()) return;
        const std::string trouble = target_->find_trouble(options_.step, patience_.now());
        if (!trouble.empty()) result_.trouble = "after the cases the server no longer serves: " + trouble;
    }

    const target::Program& program_;
    const ContractOptions& options_;
    const std::uint64_t seed_ = std::random_device{}() * 0x1'0000'0000ULL;
    std::atomic<std::uint64_t> next_name_{1};
    Patience patience_;
    std::optional<target::Target> target_;
    std::size_t restarts_ = 0;

    std::mutex mutex_;  // guards what stands below while runs are side by side
    ContractResult result_;
    std::deque<Task> shared_, alone_, on_own_server_;
    std::deque<Task> recent_;  // played on the target that is in use
    bool died_ = false;
    bool failed_ = false;
};

}  // namespace

Verdict ContractResult::verdict() const {
    const bool failed =
        std::any_of(cases.begin(), cases.end(), [](const CaseResult& one) { return one.failed_runs > 0; });
    if (!failed && trouble.empty()) return Verdict::pass;
    return stalled ? Verdict::inconclusive : Verdict::fail;
}

bool passes_again(const ContractResult& result, const target::Program& program, const std::vector<Group>& groups,
                  const ContractOptions& options) {
    constexpr int kFew = 5;  // a stalled machine hits a few cases; a server that does not answer fails many
    if (!result.trouble.empty()) return false;
    int cases = 0;
    for (const CaseResult& one : result.cases) {
        if (!one.failure) continue;
        if (!one.failure->waited_in_vain || ++cases > kFew) return false;
        ContractOptions alone = options;
        alone.only = one.what->id;
        alone.stops = false;
        if (check_contract(program, groups, alone).verdict() != Verdict::pass) return false;
    }
    return cases > 0;
}

ContractResult check_contract(const target::Program& program, const std::vector<Group>& groups,
                              const ContractOptions& options) {
    return ContractRun{program, options}.run(groups);
}

}  // namespace station::check
