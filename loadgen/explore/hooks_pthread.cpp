// Threads, locks and their like under the C library's own names: the program's definitions win over the library's, in
// libstdc++.so, too, as long as it exports them (-rdynamic). Outside of a schedule only one thread runs, and nothing needs
// to be locked.
#include <pthread.h>
#include <semaphore.h>
#include <cerrno>
#include <loadgen/explore/libc.hpp>
#include <loadgen/explore/schedule.hpp>
#include <loadgen/explore/sync.hpp>
#include <loadgen/explore/trace.hpp>
#include <loadgen/explore/virtual_time.hpp>

#define CALLER __builtin_return_address(0)

namespace station::explore {
namespace {

void end_thread(void*) {
    const Inside guard;
    leave_place();
}

// Its destructor is the last thing that a thread does, after those of its thread_local variables.
pthread_key_t at_end() {
    static const pthread_key_t key = [] {
        pthread_key_t made{};
        ::pthread_key_create(&made, end_thread);
        return made;
    }();
    return key;
}

void* run_thread(void* argument) {
    Thread& mine = *static_cast<Thread*>(argument);
    ::pthread_setspecific(at_end(), &mine);
    take_place(mine);
    return mine.entry(mine.argument);
}

int create(pthread_t* handle, const pthread_attr_t* attributes, void* (*entry)(void*), void* argument, void* pc) {
    static auto* const original =
        libc::next<int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>("pthread_create");
    if (!watched()) return original(handle, attributes, entry, argument);
    const Inside guard;
    Thread& one = add_thread();
    one.entry = entry;
    one.argument = argument;
    one.clock.join(self().clock);
    // Its stack may be that of a thread that has ended, and what that one wrote there is nothing to this one.
    for (int i = 0; i < one.id; ++i) {
        if (thread(i).state == Thread::State::finished) one.clock.join(thread(i).clock);
    }
    ++self().clock.of[self().id];
    note({Act::operation, "starts a thread", "", nullptr, 0, 0, 0}, pc);
    const int error = original(&one.handle, attributes, run_thread, &one);
    if (error != 0) end(Kind::crash, "the machine can't start another thread");
    *handle = one.handle;
    progress();
    point();
    return 0;
}

int join(pthread_t handle, void** result, void* pc) {
    static auto* const original = libc::next<int(pthread_t, void**)>("pthread_join");
    if (!watched()) return original(handle, result);
    const Inside guard;
    point();
    for (int i = 1; i < thread_count(); ++i) {
        Thread& one = thread(i);
        if (one.joined || !::pthread_equal(one.handle, handle)) continue;
        note({Act::operation, "waits for the end of a thread", "", nullptr, 0, 0, 0}, pc);
        while (one.state != Thread::State::finished) block(Wait::thread, &one);
        self().clock.join(one.clock);
        one.joined = true;
        return original(handle, result);
    }
    return ESRCH;
}

// What a hook of a lock does: nothing outside of a schedule.
template <typename Use>
int watch(Use use) {
    if (!watched()) return 0;
    const Inside guard;
    return use();
}

// What a hook of a semaphore does, which tells errors through errno.
template <typename Use>
int watch_with_errno(Use use) {
    const int error = watch(use);
    if (error == 0) return 0;
    errno = error;
    return -1;
}

bool is_done(const void* flag) { return *static_cast<const pthread_once_t*>(flag) != PTHREAD_ONCE_INIT; }
// The first byte, as the C++ ABI has it.
bool is_made(const void* guard) { return __atomic_load_n(static_cast<const char*>(guard), __ATOMIC_ACQUIRE) != 0; }

}  // namespace
}  // namespace station::explore

using namespace station::explore;

extern "C" {

int pthread_create(pthread_t* handle, const pthread_attr_t* attributes, void* (*entry)(void*), void* argument) {
    return create(handle, attributes, entry, argument, CALLER);
}
int pthread_join(pthread_t handle, void** result) { return join(handle, result, CALLER); }

int pthread_mutex_lock(pthread_mutex_t* mutex) {
    void* const pc = CALLER;
    return watch([&] { return lock_mutex(mutex, -1, pc); });
}
int pthread_mutex_trylock(pthread_mutex_t* mutex) {
    void* const pc = CALLER;
    return watch([&] { return try_lock_mutex(mutex, pc); });
}
int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* until) {
    void* const pc = CALLER;
    return watch([&] { return lock_mutex(mutex, deadline_at(CLOCK_REALTIME, until), pc); });
}
int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock, const timespec* until) {
    void* const pc = CALLER;
    return watch([&] { return lock_mutex(mutex, deadline_at(clock, until), pc); });
}
int pthread_mutex_unlock(pthread_mutex_t* mutex) {
    void* const pc = CALLER;
    return watch([&] { return unlock_mutex(mutex, pc), 0; });
}

int pthread_rwlock_rdlock(pthread_rwlock_t* lock) {
    void* const pc = CALLER;
    return watch([&] { return lock_shared(lock, -1, pc); });
}
int pthread_rwlock_wrlock(pthread_rwlock_t* lock) {
    void* const pc = CALLER;
    return watch([&] { return lock_exclusive(lock, -1, pc); });
}
int pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) {
    void* const pc = CALLER;
    return watch([&] { return try_lock_shared(lock, pc); });
}
int pthread_rwlock_trywrlock(pthread_rwlock_t* lock) {
    void* const pc = CALLER;
    return watch([&] { return try_lock_exclusive(lock, pc); });
}
int pthread_rwlock_timedrdlock(pthread_rwlock_t* lock, const timespec* until) {
    void* const pc = CALLER;
    return watch([&] { return lock_shared(lock, deadline_at(CLOCK_REALTIME, until), pc); });
}
int pthread_rwlock_timedwrlock(pthread_rwlock_t* lock, const timespec* until) {
    void* const pc = CALLER;
    return watch([&] { return lock_exclusive(lock, deadline_at(CLOCK_REALTIME, until), pc); });
}
int pthread_rwlock_clockrdlock(pthread_rwlock_t* lock, clockid_t clock, const timespec* until) {
    void* const pc = CALLER;
    return watch([&] { return lock_shared(lock, deadline_at(clock, until), pc); });
}
int pthread_rwlock_clockwrlock(pthread_rwlock_t* lock, clockid_t clock, const timespec* until) {
    void* const pc = CALLER;
    return watch([&] { return lock_exclusive(lock, deadline_at(clock, until), pc); });
}
int pthread_rwlock_unlock(pthread_rwlock_t* lock) {
    void* const pc = CALLER;
    return watch([&] { return unlock_shared_or_exclusive(lock, pc), 0; });
}

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
    void* const pc = CALLER;
    return watch([&] { return wait_on_condition(condition, mutex, -1, pc); });
}
int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* until) {
    void* const pc = CALLER;
    return watch([&] { return wait_on_condition(condition, mutex, deadline_at(CLOCK_REALTIME, until), pc); });
}
int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock, const timespec* until) {
    void* const pc = CALLER;
    return watch([&] { return wait_on_condition(condition, mutex, deadline_at(clock, until), pc); });
}
int pthread_cond_signal(pthread_cond_t* condition) {
    void* const pc = CALLER;
    return watch([&] { return notify_condition(condition, false, pc), 0; });
}
int pthread_cond_broadcast(pthread_cond_t* condition) {
    void* const pc = CALLER;
    return watch([&] { return notify_condition(condition, true, pc), 0; });
}

int sem_init(sem_t* semaphore, int, unsigned value) {
    return watch([&] { return make_semaphore(semaphore, value), 0; });
}
int sem_wait(sem_t* semaphore) {
    void* const pc = CALLER;
    return watch_with_errno([&] { return take_semaphore(semaphore, -1, pc); });
}
int sem_trywait(sem_t* semaphore) {
    void* const pc = CALLER;
    return watch_with_errno([&] { return try_take_semaphore(semaphore, pc); });
}
int sem_timedwait(sem_t* semaphore, const timespec* until) {
    void* const pc = CALLER;
    return watch_with_errno([&] { return take_semaphore(semaphore, deadline_at(CLOCK_REALTIME, until), pc); });
}
int sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* until) {
    void* const pc = CALLER;
    return watch_with_errno([&] { return take_semaphore(semaphore, deadline_at(clock, until), pc); });
}
int sem_post(sem_t* semaphore) {
    void* const pc = CALLER;
    return watch([&] { return give_semaphore(semaphore, pc), 0; });
}

int pthread_once(pthread_once_t* flag, void (*initialise)()) {
    void* const pc = CALLER;
    if (!watched()) {
        if (!is_done(flag)) initialise();
        *flag = 2;  // what glibc writes there
        return 0;
    }
    if (watch([&] { return begin_initialisation(flag, is_done, pc); }) == 0) return 0;
    // Where it throws, the next one tries again.
    struct Ending {
        pthread_once_t* flag;
        bool done = false;
        ~Ending() {
            const Inside guard;
            if (done) *flag = 2;
            end_initialisation(flag);
        }
    } ending{flag};
    initialise();
    ending.done = true;
    return 0;
}

// Of static local variables (Itanium C++ ABI, 3.3.3).
int __cxa_guard_acquire(long long* flag) {
    if (is_made(flag)) {
        watch([&] { return acquire_initialised(flag), 0; });
        return 0;
    }
    if (!watched()) return 1;
    void* const pc = CALLER;
    return watch([&] { return begin_initialisation(flag, is_made, pc); });
}
void __cxa_guard_release(long long* flag) {
    __atomic_store_n(reinterpret_cast<char*>(flag), 1, __ATOMIC_RELEASE);
    watch([&] { return end_initialisation(flag), 0; });
}
void __cxa_guard_abort(long long* flag) {
    watch([&] { return end_initialisation(flag), 0; });
}

}  // extern "C"
