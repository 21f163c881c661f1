#include <loadgen/explore/sync.hpp>

#include <algorithm>
#include <cerrno>
#include <loadgen/explore/schedule.hpp>
#include <loadgen/explore/shadow.hpp>
#include <loadgen/explore/trace.hpp>
#include <unordered_map>
#include <vector>

namespace station::explore {
namespace {

struct Sync {
    VectorClock released;
    int owner = -1;
    int depth = 0;              // of a recursive mutex
    std::uint32_t readers = 0;  // a bit for each thread
    unsigned value = 0;         // of a semaphore
    std::vector<int> sleepers;  // on a condition variable or a futex, in the order in which they came
    bool initialising = false;
};

std::unordered_map<std::uintptr_t, Sync> syncs;
std::unordered_map<int, VectorClock> descriptors;

// Lives until the object's memory is given back or written over.
Sync& sync_of(const void* object) {
    const auto [at, is_new] = syncs.try_emplace(reinterpret_cast<std::uintptr_t>(object));
    if (is_new) mark_synchronising(object);
    return at->second;
}

// An object that is used while another thread destroys it is a race like any other.
std::uint32_t use(const void* object, const char* what, const char* noun, void* pc) {
    const auto event = note({Act::operation, what, noun, object, 0, 0, 0}, pc);
    touch(object, 1, Access::atomic_write, event);
    return event;
}

void acquire(const VectorClock& released) { self().clock.join(released); }

void release(VectorClock& released) {
    released.join(self().clock);
    ++self().clock.of[self().id];
}

void take(Sync& sync, int thread) {
    sync.owner = thread;
    sync.depth = 1;
    acquire(sync.released);
}

bool recursive(const pthread_mutex_t* mutex) {
    return (mutex->__data.__kind & 3) == PTHREAD_MUTEX_RECURSIVE;  // by its type or its initialiser
}

constexpr const char* kMutex = "the mutex";
constexpr const char* kShared = "the shared lock";
constexpr const char* kCondition = "the condition variable";
constexpr const char* kSemaphore = "the semaphore";
constexpr const char* kAtomic = "the atomic";

int take_shared_or_exclusive(const void* lock, bool exclusive, std::int64_t deadline, void* pc) {
    point();
    bool waited = false;
    while (true) {
        Sync& sync = sync_of(lock);
        if (sync.owner < 0 && (!exclusive || sync.readers == 0)) {
            if (exclusive) sync.owner = self().id;
            if (!exclusive) sync.readers |= 1U << self().id;
            acquire(sync.released);
            use(lock, exclusive ? "locks @" : "locks @ to read", kShared, pc);
            return 0;
        }
        if (!waited) use(lock, exclusive ? "waits for @" : "waits for @, to read", kShared, pc);
        waited = true;
        block(exclusive ? Wait::exclusive_lock : Wait::shared_lock, lock, deadline);
        if (self().timed_out) return ETIMEDOUT;
    }
}

int try_shared_or_exclusive(const void* lock, bool exclusive, void* pc) {
    point();
    Sync& sync = sync_of(lock);
    if (sync.owner >= 0 || (exclusive && sync.readers != 0)) {
        looked();
        use(lock, "tries @, which is taken", kShared, pc);
        return EBUSY;
    }
    if (exclusive) sync.owner = self().id;
    if (!exclusive) sync.readers |= 1U << self().id;
    acquire(sync.released);
    use(lock, exclusive ? "locks @" : "locks @ to read", kShared, pc);
    return 0;
}

// Takes one of those that sleep off the list: the first, or one that a schedule draws.
int next_sleeper(Sync& sync) {
    const auto at = choose_among(Decision::Kind::waiter, static_cast<int>(sync.sleepers.size()), 2);
    const int id = sync.sleepers[static_cast<std::size_t>(at)];
    sync.sleepers.erase(sync.sleepers.begin() + at);
    return id;
}

// False: it woke by itself, and not because of a signal.
bool was_woken(Sync& sync) { return std::erase(sync.sleepers, self().id) == 0; }

}  // namespace

int lock_mutex(pthread_mutex_t* mutex, std::int64_t deadline, void* pc) {
    point();
    const int mine = self().id;
    bool waited = false;
    while (true) {
        Sync& sync = sync_of(mutex);
        if (sync.owner < 0) {
            take(sync, mine);
            use(mutex, "locks @", kMutex, pc);
            return 0;
        }
        if (sync.owner == mine && recursive(mutex)) {
            ++sync.depth;
            return 0;
        }
        if (!waited) use(mutex, "waits for @", kMutex, pc);
        if (sync.owner == mine && deadline < 0) end(Kind::deadlock, "a thread locks a mutex that it holds already");
        waited = true;
        block(Wait::mutex, mutex, deadline);
        if (self().timed_out) return ETIMEDOUT;
    }
}

int try_lock_mutex(pthread_mutex_t* mutex, void* pc) {
    point();
    Sync& sync = sync_of(mutex);
    if (sync.owner == self().id && recursive(mutex)) {
        ++sync.depth;
        return 0;
    }
    if (sync.owner >= 0) {
        looked();
        use(mutex, "tries @, which is taken", kMutex, pc);
        return EBUSY;
    }
    take(sync, self().id);
    use(mutex, "locks @", kMutex, pc);
    return 0;
}

void unlock_mutex(pthread_mutex_t* mutex, void* pc) {
    point();
    Sync& sync = sync_of(mutex);
    use(mutex, "unlocks @", kMutex, pc);
    if (sync.owner != self().id) end(Kind::assertion, "a thread unlocks a mutex that it does not hold");
    if (--sync.depth > 0) return;
    release(sync.released);
    sync.owner = -1;
    wake(Wait::mutex, mutex);
    progress();
}

int lock_shared(const void* lock, std::int64_t deadline, void* pc) {
    return take_shared_or_exclusive(lock, false, deadline, pc);
}
int lock_exclusive(const void* lock, std::int64_t deadline, void* pc) {
    return take_shared_or_exclusive(lock, true, deadline, pc);
}
int try_lock_shared(const void* lock, void* pc) { return try_shared_or_exclusive(lock, false, pc); }
int try_lock_exclusive(const void* lock, void* pc) { return try_shared_or_exclusive(lock, true, pc); }

void unlock_shared_or_exclusive(const void* lock, void* pc) {
    point();
    Sync& sync = sync_of(lock);
    const std::uint32_t mine = 1U << self().id;
    use(lock, "unlocks @", kShared, pc);
    if (sync.owner != self().id && (sync.readers & mine) == 0) {
        end(Kind::assertion, "a thread unlocks a shared lock that it does not hold");
    }
    release(sync.released);
    if (sync.owner == self().id) {
        sync.owner = -1;
    } else {
        sync.readers &= ~mine;
    }
    wake(Wait::shared_lock, lock);
    wake(Wait::exclusive_lock, lock);
    progress();
}

int wait_on_condition(const void* condition, pthread_mutex_t* mutex, std::int64_t deadline, void* pc) {
    point();
    use(condition, "lets go of the mutex and sleeps on @", kCondition, pc);
    sync_of(condition).sleepers.push_back(self().id);
    Sync& held = sync_of(mutex);
    if (held.owner != self().id) end(Kind::assertion, "a thread waits with a mutex that it does not hold");
    const int depth = held.depth;
    release(held.released);
    held.owner = -1;
    wake(Wait::mutex, mutex);
    progress();
    block(Wait::condition, condition, deadline);
    const bool timed_out = self().timed_out;
    const bool woken = was_woken(sync_of(condition));
    const char* const why = timed_out ? "wakes, since its time is over" : woken ? "wakes" : "wakes without a signal";
    note({Act::operation, why, kCondition, condition, 0, 0, 0}, pc);
    lock_mutex(mutex, -1, pc);
    sync_of(mutex).depth = depth;
    return timed_out && !woken ? ETIMEDOUT : 0;
}

void notify_condition(const void* condition, bool all, void* pc) {
    point();
    Sync& sync = sync_of(condition);
    const char* const what = sync.sleepers.empty() ? "notifies @, on which nobody sleeps"
                             : all                 ? "notifies all that sleep on @"
                                                   : "notifies one that sleeps on @";
    use(condition, what, kCondition, pc);
    while (!sync.sleepers.empty()) {
        wake_one(thread(all ? sync.sleepers.front() : next_sleeper(sync)));
        if (!all) break;
        sync.sleepers.erase(sync.sleepers.begin());
    }
    progress();
}

void make_semaphore(const void* semaphore, unsigned value) {
    Sync& sync = sync_of(semaphore);
    sync = Sync{};
    sync.value = value;
}

int take_semaphore(const void* semaphore, std::int64_t deadline, void* pc) {
    point();
    bool waited = false;
    while (sync_of(semaphore).value == 0) {
        if (!waited) use(semaphore, "sleeps on @", kSemaphore, pc);
        waited = true;
        block(Wait::semaphore, semaphore, deadline);
        if (self().timed_out) return ETIMEDOUT;
    }
    Sync& sync = sync_of(semaphore);
    --sync.value;
    acquire(sync.released);
    use(semaphore, waited ? "wakes, and takes one of @" : "takes one of @", kSemaphore, pc);
    progress();
    return 0;
}

int try_take_semaphore(const void* semaphore, void* pc) {
    point();
    Sync& sync = sync_of(semaphore);
    if (sync.value == 0) {
        looked();
        use(semaphore, "finds nothing in @", kSemaphore, pc);
        return EAGAIN;
    }
    --sync.value;
    acquire(sync.released);
    use(semaphore, "takes one of @", kSemaphore, pc);
    progress();
    return 0;
}

void give_semaphore(const void* semaphore, void* pc) {
    point();
    Sync& sync = sync_of(semaphore);
    ++sync.value;
    use(semaphore, "gives one to @", kSemaphore, pc);
    release(sync.released);
    wake(Wait::semaphore, semaphore);
    progress();
}

int wait_on_futex(const void* address, std::int64_t deadline, void* pc) {
    note({Act::operation, "sleeps until @ is notified", kAtomic, address, 0, 0, 0}, pc);
    sync_of(address).sleepers.push_back(self().id);
    block(Wait::atomic, address, deadline);
    const bool timed_out = self().timed_out;
    const bool woken = was_woken(sync_of(address));
    note({Act::operation, "wakes", kAtomic, address, 0, 0, 0}, pc);
    return timed_out && !woken ? ETIMEDOUT : 0;
}

int wake_futex(const void* address, int most, void* pc) {
    point();
    Sync& sync = sync_of(address);
    note({Act::operation, sync.sleepers.empty() ? "notifies @, on which nobody sleeps" : "notifies @", kAtomic, address,
          0, 0, 0},
         pc);
    int woken = 0;
    for (; woken < most && !sync.sleepers.empty(); ++woken) wake_one(thread(next_sleeper(sync)));
    progress();
    return woken;
}

bool begin_initialisation(const void* flag, bool (*done)(const void*), void* pc) {
    point();
    note({Act::operation, "looks whether @ is initialised", "this", flag, 0, 0, 0}, pc);
    while (sync_of(flag).initialising) block(Wait::initialisation, flag);
    Sync& sync = sync_of(flag);
    acquire(sync.released);
    if (done(flag)) return false;
    sync.initialising = true;
    return true;
}

void end_initialisation(const void* flag) {
    Sync& sync = sync_of(flag);
    release(sync.released);
    sync.initialising = false;
    wake(Wait::initialisation, flag);
    progress();
}

void acquire_initialised(const void* flag) { acquire(sync_of(flag).released); }

void release_descriptor(int descriptor) { release(descriptors[descriptor]); }
void acquire_descriptor(int descriptor) { acquire(descriptors[descriptor]); }

int holder_of(const void* object) {
    const auto found = syncs.find(reinterpret_cast<std::uintptr_t>(object));
    return found == syncs.end() ? -1 : found->second.owner;
}

void forget_syncs(std::uintptr_t begin, std::size_t size) {
    for (std::uintptr_t at = begin; at < begin + size; ++at) syncs.erase(at);
}

void forget_all_syncs() {
    syncs.clear();
    descriptors.clear();
}

}  // namespace station::explore
