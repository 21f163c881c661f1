// One thread runs at a time, and here is decided which. Threads are real ones; a baton goes from one to the next. They
// change places only where they synchronise, since between two such places nobody can tell the order (Loom, Relacy), and
// two accesses that nothing orders are found by their clocks, wherever the threads changed places.
//
// Two strategies in turn: a coin at each place, and PCT (Burckhardt et al., 2010): the thread of the highest priority
// runs, priorities are drawn, and at a few places, drawn as well, the one that runs gets the lowest. As in Coyote, that a
// time-out comes early or a wait ends by itself is a choice like any other; time is virtual.
//
// The functions are called by the thread that holds the baton, from inside a hook (Inside), unless they say otherwise.
#pragma once

#include <pthread.h>
#include <cstdint>
#include <loadgen/explore/clocks.hpp>
#include <loadgen/explore/outcome.hpp>
#include <unordered_map>
#include <vector>

namespace station::explore {

enum class Strategy { straight, coin, pct, replay };

// Deviations from the straight schedule by where they are.
using Plan = std::unordered_map<std::uint64_t, std::uint16_t>;
Plan plan_of(const std::vector<Decision>& decisions);

struct Order {
    Strategy strategy = Strategy::straight;
    std::uint64_t seed = 0;
    long usual_steps = 100;  // of a schedule: where PCT places its changes
    Plan plan;               // for Strategy::replay
    bool tell = false;       // keep what happens, for the story
};

enum class Wait : std::uint8_t {
    mutex,
    shared_lock,
    exclusive_lock,
    condition,
    semaphore,
    atomic,
    thread,
    time,
    initialisation,
    file,
    all_threads
};

struct Thread {
    enum class State : std::uint8_t { runnable, blocked, finished };

    int id = 0;
    char name[24] = {};
    State state = State::runnable;
    VectorClock clock;

    // While it is blocked.
    Wait wait = Wait::mutex;
    const void* object = nullptr;
    bool timed = false;
    std::int64_t deadline = 0;
    bool timed_out = false;

    // step and id name a place in a schedule.
    std::uint32_t step = 0;
    std::uint32_t turns = 0;           // since it got the baton
    std::uint32_t fruitless = 0;       // looks in a row that found nothing new
    std::uint64_t last_progress = 0;   // anybody's, as it was at its last look
    std::uint32_t plain_accesses = 0;  // since its last step
    bool gives_way = false;            // until somebody has changed something
    std::uint32_t priority = 0;

    // Fences: what relaxed loads read and a later acquire fence takes over, and what an earlier release fence gives to
    // relaxed stores.
    VectorClock loaded;
    VectorClock fenced;
    VectorClock fence_view;  // what its last sequentially consistent one lets it know of

    int baton = 0;
    pthread_t handle{};
    void* (*entry)(void*) = nullptr;
    void* argument = nullptr;
    bool joined = false;
};

// Set while the explorer itself runs, so that its own calls of malloc() and the like go straight to the C library.
extern thread_local bool inside __attribute__((tls_model("initial-exec")));
class Inside {
  public:
    Inside() { inside = true; }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside() { inside = false; }
};

// Whether the calling thread is a scenario's, in its own code. Any thread.
bool watched();

// Where outcomes go: shared memory.
extern Outcome* outcome;

// Runs the scenario once, on the calling thread, and returns where nothing was found.
void run_schedule(void (*scenario)(), const Order& order);
bool tells();

// Ends the process: the schedule has failed. Also from a signal handler.
[[noreturn]] void end(Kind kind, const char* what);

Thread& self();
Thread& thread(int id);
int thread_count();
bool alone();  // no other thread lives
Thread& add_thread();
// Hands the calling thread, which is new, its place; returns when it is its turn.
void take_place(Thread& place);
// The calling thread ends, after its last use of anything that is watched.
void leave_place();

// Here another thread may go on.
void point();
// The same at every hundred thousandth access to memory: for a loop that only looks at a plain variable.
void count_plain_access();
// Until wake(), or the deadline (virtual nanoseconds; negative: none).
void block(Wait wait, const void* object, std::int64_t deadline = -1);
void wake(Wait wait, const void* object);
void wake_one(Thread& waiting);
// Something has changed that others may be waiting for in a loop.
void progress();
// The calling thread looked at something and may look again: after some looks that are in vain it lets others go first.
void looked();
void give_way();

// One of `count`: 0 in the straight schedule. Of strategies that draw, one time in `rarity` another one.
int choose_among(Decision::Kind kind, int count, int rarity);

std::int64_t now();  // virtual, nanoseconds
std::int64_t look_at_clock();

}  // namespace station::explore
