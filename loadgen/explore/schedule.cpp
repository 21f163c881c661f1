#include <loadgen/explore/schedule.hpp>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <loadgen/explore/atomics.hpp>
#include <loadgen/explore/libc.hpp>
#include <loadgen/explore/shadow.hpp>
#include <loadgen/explore/story.hpp>
#include <loadgen/explore/sync.hpp>
#include <loadgen/explore/trace.hpp>

namespace station::explore {
namespace {

constexpr long kMostSteps = 200'000;
// Of all threads in a row, while each of them only looks.
constexpr long kMostFruitless = 40'000;
constexpr long kFruitlessTurn = 12'000;  // as long as a loop may be that spins a fixed number of times
constexpr long kTimePassesAfter = 1'000;
constexpr std::uint32_t kPatientLooks = 24;
constexpr std::uint32_t kLongestTurn = 2'000;
constexpr std::uint32_t kPlainAccessesPerStep = 100'000;
// A wait as long as this is meant to end by something else than time.
constexpr std::int64_t kNeverEarly = 60'000'000'000;
constexpr int kSelfWakingRarity = 64;

Order order;
bool active = false;
Thread threads[kMaxThreads];
int count = 0;
std::uint64_t random_state = 0;
long total = 0;
long fruitless = 0;
std::uint64_t changes = 0;
std::int64_t time_now = 0;
std::vector<Decision> decisions;
std::vector<long> priority_changes;
std::size_t next_change = 0;
thread_local Thread* current __attribute__((tls_model("initial-exec"))) = nullptr;

std::uint64_t draw() {  // splitmix64
    std::uint64_t z = (random_state += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}
std::uint64_t draw(std::uint64_t below) { return draw() % below; }
bool draws() { return order.strategy == Strategy::coin || order.strategy == Strategy::pct; }

std::uint64_t place(int thread, std::uint32_t step, Decision::Kind kind) {
    return std::uint64_t{step} << 16 | static_cast<std::uint64_t>(kind) << 8 | static_cast<std::uint64_t>(thread);
}

void record(Decision::Kind kind, int value) {
    decisions.push_back(
        {current->step, static_cast<std::uint8_t>(current->id), kind, static_cast<std::uint16_t>(value)});
}

void pass_baton(Thread& to) {
    __atomic_store_n(&to.baton, 1, __ATOMIC_RELEASE);
    libc::system_call(SYS_futex, &to.baton, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

void await_baton(Thread& mine) {
    while (__atomic_exchange_n(&mine.baton, 0, __ATOMIC_ACQUIRE) == 0) {
        libc::system_call(SYS_futex, &mine.baton, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
    }
}

void unblock(Thread& one, bool by_time) {
    if (one.state != Thread::State::blocked) return;
    one.timed_out = by_time;
    if (by_time) time_now = std::max(time_now, one.deadline);
    one.state = Thread::State::runnable;
}

bool runnable(const Thread& one) { return one.state == Thread::State::runnable; }
bool ready(const Thread& one) { return runnable(one) && !one.gives_way; }
bool may_time_out(const Thread& one) { return one.timed && one.deadline - time_now < kNeverEarly; }
bool may_wake_itself(const Thread& one) {
    return one.state == Thread::State::blocked &&
           (may_time_out(one) || one.wait == Wait::condition || one.wait == Wait::atomic);
}

template <typename Wanted>
int next_in_turn(Wanted wanted) {
    for (int i = 1; i <= count; ++i) {
        const int id = (current->id + i) % count;
        if (wanted(threads[id])) return id;
    }
    return -1;
}

int first_whose_time_comes() {
    int first = -1;
    for (int i = 0; i < count; ++i) {
        const Thread& one = threads[i];
        if (one.state != Thread::State::blocked || !one.timed) continue;
        if (first < 0 || one.deadline < threads[first].deadline) first = i;
    }
    return first;
}

// Nobody is ready, and some only look.
int all_spin() {
    ++fruitless;
    if (fruitless % kTimePassesAfter == 0) {
        const int sleeper = first_whose_time_comes();
        if (sleeper >= 0) {
            unblock(threads[sleeper], true);
            return sleeper;
        }
    }
    if (fruitless > kMostFruitless) {
        end(Kind::spin, "every thread that could go on looks again and again, and nobody changes anything");
    }
    if (runnable(*current) && fruitless % kFruitlessTurn != 0) return current->id;
    return next_in_turn(runnable);
}

int all_blocked() {
    const int sleeper = first_whose_time_comes();
    if (sleeper < 0) {
        Kind kind = Kind::deadlock;
        bool for_lock = false;
        bool for_signal = false;
        for (int i = 0; i < count; ++i) {
            if (threads[i].state != Thread::State::blocked) continue;
            const Wait wait = threads[i].wait;
            for_lock |= wait == Wait::mutex || wait == Wait::shared_lock || wait == Wait::exclusive_lock;
            for_signal |= wait == Wait::condition || wait == Wait::semaphore || wait == Wait::atomic;
        }
        if (for_signal && !for_lock) kind = Kind::lost_wake_up;
        end(kind, "nobody can go on");
    }
    unblock(threads[sleeper], true);
    return sleeper;
}

int drawn(const int* candidates, int candidate_count) {
    if (draw(kSelfWakingRarity) == 0) {
        int sleepers[kMaxThreads];
        std::uint64_t sleeping = 0;
        for (int i = 0; i < count; ++i) {
            if (may_wake_itself(threads[i])) sleepers[sleeping++] = i;
        }
        if (sleeping > 0) return sleepers[draw(sleeping)];
    }
    if (order.strategy == Strategy::coin) return candidates[draw(static_cast<std::uint64_t>(candidate_count))];
    if (next_change < priority_changes.size() && total >= priority_changes[next_change]) {
        current->priority = static_cast<std::uint32_t>(next_change++);
    }
    int highest = candidates[0];
    for (int i = 1; i < candidate_count; ++i) {
        if (threads[candidates[i]].priority > threads[highest].priority) highest = candidates[i];
    }
    return highest;
}

int replayed(int straight) {
    const auto planned = order.plan.find(place(current->id, current->step, Decision::Kind::run));
    if (planned == order.plan.end() || planned->second >= count) return straight;
    const Thread& wanted = threads[planned->second];
    return ready(wanted) || may_wake_itself(wanted) ? wanted.id : straight;
}

// Who goes on.
int choose() {
    int candidates[kMaxThreads];
    int candidate_count = 0;
    bool any_runnable = false;
    for (int i = 0; i < count; ++i) {
        any_runnable |= runnable(threads[i]);
        if (ready(threads[i])) candidates[candidate_count++] = i;
    }
    if (candidate_count == 0) return any_runnable ? all_spin() : all_blocked();

    const bool can_go_on = ready(*current);
    if (can_go_on && ++current->turns > kLongestTurn && candidate_count > 1) return next_in_turn(ready);
    const int straight = can_go_on ? current->id : next_in_turn(ready);
    int chosen = straight;
    if (order.strategy == Strategy::replay) chosen = replayed(straight);
    if (draws()) chosen = drawn(candidates, candidate_count);
    if (chosen != straight) record(Decision::Kind::run, chosen);
    if (threads[chosen].state == Thread::State::blocked) unblock(threads[chosen], may_time_out(threads[chosen]));
    return chosen;
}

void hand_to(int id) {
    if (id == current->id) return;
    Thread& mine = *current;
    mine.turns = 0;
    const int error = errno;  // of a call of the scenario's
    pass_baton(threads[id]);
    await_baton(mine);
    errno = error;
}

bool all_others_finished() {
    for (int i = 1; i < count; ++i) {
        if (threads[i].state != Thread::State::finished) return false;
    }
    return true;
}

void begin(const Order& new_order) {
    order = new_order;
    random_state = order.seed;
    total = fruitless = 0;
    changes = 1;
    time_now = 1'000'000'000'000;
    count = 0;
    decisions.clear();
    forget_all_shadows();
    forget_all_syncs();
    forget_all_atomics();
    forget_all_events();
    priority_changes.clear();
    next_change = 0;
    if (order.strategy == Strategy::pct) {
        const auto depth = 1 + draw(3);
        const auto range = static_cast<std::uint64_t>(std::max(order.usual_steps, 1L));
        for (std::uint64_t i = 0; i < depth; ++i) priority_changes.push_back(1 + static_cast<long>(draw(range)));
        std::sort(priority_changes.begin(), priority_changes.end());
    }
    outcome->seed = order.seed;
    outcome->kind = Kind::none;
}

}  // namespace

thread_local bool inside __attribute__((tls_model("initial-exec"))) = false;
Outcome* outcome = nullptr;

bool watched() { return active && !inside && current != nullptr; }
bool tells() { return order.tell; }
Thread& self() { return *current; }
Thread& thread(int id) { return threads[id]; }
int thread_count() { return count; }
std::int64_t now() { return time_now; }

bool alone() {
    int living = 0;
    for (int i = 0; i < count; ++i) living += threads[i].state != Thread::State::finished;
    return living == 1;
}

Plan plan_of(const std::vector<Decision>& list) {
    Plan plan;
    for (const Decision& one : list) plan[place(one.thread, one.step, one.kind)] = one.value;
    return plan;
}

void run_schedule(void (*scenario)(), const Order& new_order) {
    {
        const Inside guard;
        begin(new_order);
        current = &add_thread();
        active = true;
    }
    scenario();
    const Inside guard;
    if (!all_others_finished()) block(Wait::all_threads, nullptr);
    active = false;
    current = nullptr;
    outcome->steps = total;
}

void end(Kind kind, const char* what) {
    inside = true;
    active = false;
    outcome->kind = kind;
    outcome->steps = total;
    std::snprintf(outcome->cause, sizeof outcome->cause, "%s", what);
    outcome->decision_count = std::min(decisions.size(), std::size(outcome->decisions));
    std::copy_n(decisions.begin(), outcome->decision_count, outcome->decisions);
    if (order.tell) tell_story();
    libc::system_call(SYS_exit_group, 1);
    __builtin_unreachable();
}

Thread& add_thread() {
    if (count == kMaxThreads) end(Kind::crash, "the scenario starts more threads than the explorer can watch");
    Thread& one = threads[count];
    one = Thread{};
    one.id = count;
    std::snprintf(one.name, sizeof one.name, count == 0 ? "main" : "thread %d", count);
    one.clock.of[count] = 1;
    one.priority = static_cast<std::uint32_t>(100 + draw(1 << 24));
    ++count;
    return one;
}

void take_place(Thread& mine) {
    await_baton(mine);
    current = &mine;
}

void leave_place() {
    Thread& mine = *current;
    ++mine.step;
    mine.state = Thread::State::finished;
    wake(Wait::thread, &mine);
    if (all_others_finished()) wake(Wait::all_threads, nullptr);
    progress();
    const int next = choose();
    current = nullptr;
    pass_baton(threads[next]);
}

void point() {
    Thread& mine = *current;
    ++mine.step;
    mine.plain_accesses = 0;
    if (!mine.gives_way && ++total > kMostSteps) end(Kind::spin, "the schedule does not come to an end");
    hand_to(choose());
    mine.gives_way = false;
}

void count_plain_access() {
    if (++current->plain_accesses < kPlainAccessesPerStep) return;
    current->gives_way = true;
    point();
}

void block(Wait wait, const void* object, std::int64_t deadline) {
    Thread& mine = *current;
    mine.state = Thread::State::blocked;
    mine.wait = wait;
    mine.object = object;
    mine.timed = deadline >= 0;
    mine.deadline = deadline;
    mine.timed_out = false;
    ++mine.step;
    ++total;
    if (total > kMostSteps) end(Kind::spin, "the schedule does not come to an end");
    hand_to(choose());
}

void wake(Wait wait, const void* object) {
    for (int i = 0; i < count; ++i) {
        if (threads[i].wait == wait && threads[i].object == object) unblock(threads[i], false);
    }
}

void wake_one(Thread& waiting) { unblock(waiting, false); }

void progress() {
    ++changes;
    fruitless = 0;
    current->fruitless = 0;
    for (int i = 0; i < count; ++i) {
        if (&threads[i] != current) threads[i].gives_way = false;
    }
}

void looked() {
    Thread& mine = *current;
    if (mine.last_progress != changes) {
        mine.last_progress = changes;
        mine.fruitless = 0;
    }
    if (++mine.fruitless > kPatientLooks) mine.gives_way = true;
}

void give_way() { current->gives_way = true; }

int choose_among(Decision::Kind kind, int options, int rarity) {
    int chosen = 0;
    if (order.strategy == Strategy::replay) {
        const auto planned = order.plan.find(place(current->id, current->step, kind));
        if (planned != order.plan.end()) chosen = std::min<int>(planned->second, options - 1);
    }
    if (draws() && options > 1 && draw(static_cast<std::uint64_t>(rarity)) == 0) {
        chosen = static_cast<int>(draw(static_cast<std::uint64_t>(options)));
    }
    if (chosen != 0) record(kind, chosen);
    return chosen;
}

std::int64_t look_at_clock() {
    // Where a thread waits in a loop for a time, it comes sooner.
    time_now += current->fruitless > kPatientLooks || current->gives_way ? 1'000'000 : 1'000;
    return time_now;
}

}  // namespace station::explore
