#include <loadgen/piece/locks.hpp>

#include <pthread.h>

namespace station::piece::detail {
namespace {

int note(int error, void* lock, bool shared) {
    if (error == 0 && taken_locks() != nullptr) taken_locks()->push_back({lock, shared});
    return error;
}

}  // namespace

std::vector<TakenLock>*& taken_locks() {
    thread_local std::vector<TakenLock>* taken = nullptr;
    return taken;
}

// The program is linked so that calls of pthread_… come here.
extern "C" {

#define STATION_NOTES(function, type, shared) \
    int __real_##function(type* lock);        \
    int __wrap_##function(type* lock);        \
    int __wrap_##function(type* lock) { return note(__real_##function(lock), lock, shared); }

#define STATION_NOTES_UNTIL(function, type, shared)                \
    int __real_##function(type* lock, const timespec* until);      \
    int __wrap_##function(type* lock, const timespec* until);      \
    int __wrap_##function(type* lock, const timespec* until) {     \
        return note(__real_##function(lock, until), lock, shared); \
    }

#define STATION_NOTES_BY_CLOCK(function, type, shared)                          \
    int __real_##function(type* lock, clockid_t clock, const timespec* until);  \
    int __wrap_##function(type* lock, clockid_t clock, const timespec* until);  \
    int __wrap_##function(type* lock, clockid_t clock, const timespec* until) { \
        return note(__real_##function(lock, clock, until), lock, shared);       \
    }

STATION_NOTES(pthread_mutex_lock, pthread_mutex_t, false)
STATION_NOTES(pthread_mutex_trylock, pthread_mutex_t, false)
STATION_NOTES_UNTIL(pthread_mutex_timedlock, pthread_mutex_t, false)
STATION_NOTES_BY_CLOCK(pthread_mutex_clocklock, pthread_mutex_t, false)
STATION_NOTES(pthread_rwlock_wrlock, pthread_rwlock_t, false)
STATION_NOTES(pthread_rwlock_trywrlock, pthread_rwlock_t, false)
STATION_NOTES_UNTIL(pthread_rwlock_timedwrlock, pthread_rwlock_t, false)
STATION_NOTES_BY_CLOCK(pthread_rwlock_clockwrlock, pthread_rwlock_t, false)
STATION_NOTES(pthread_rwlock_rdlock, pthread_rwlock_t, true)
STATION_NOTES(pthread_rwlock_tryrdlock, pthread_rwlock_t, true)
STATION_NOTES_UNTIL(pthread_rwlock_timedrdlock, pthread_rwlock_t, true)
STATION_NOTES_BY_CLOCK(pthread_rwlock_clockrdlock, pthread_rwlock_t, true)

}  // extern "C"

}  // namespace station::piece::detail
