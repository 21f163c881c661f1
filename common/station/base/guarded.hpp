// Mutexes that say what they guard, so that clang's -Wthread-safety finds at compile time what is touched without it
// (https://clang.llvm.org/docs/ThreadSafetyAnalysis.html). For other compilers they are the standard's own and nothing
// more.
//
// For state behind plain locks. Where threads also wait for it (std::condition_variable) it stays a std::mutex: the
// analysis does not follow a lock into a wait's predicate, and the exceptions would be more than the rule.
#pragma once

#include <mutex>
#include <shared_mutex>

#if defined(__clang__)
#define STATION_ATTRIBUTE(attribute) __attribute__((attribute))
#else
#define STATION_ATTRIBUTE(attribute)
#endif
// Only touched by who holds this mutex; read by who shares it.
#define STATION_GUARDED_BY(mutex) STATION_ATTRIBUTE(guarded_by(mutex))
// Only called by who holds this mutex.
#define STATION_REQUIRES(mutex) STATION_ATTRIBUTE(requires_capability(mutex))

namespace station::base {

class STATION_ATTRIBUTE(capability("mutex")) Mutex : public std::mutex {
  public:
    void lock() STATION_ATTRIBUTE(acquire_capability()) { std::mutex::lock(); }
    void unlock() STATION_ATTRIBUTE(release_capability()) { std::mutex::unlock(); }
};

class STATION_ATTRIBUTE(capability("mutex")) SharedMutex : public std::shared_mutex {
  public:
    void lock() STATION_ATTRIBUTE(acquire_capability()) { std::shared_mutex::lock(); }
    void unlock() STATION_ATTRIBUTE(release_capability()) { std::shared_mutex::unlock(); }
    void lock_shared() STATION_ATTRIBUTE(acquire_shared_capability()) { std::shared_mutex::lock_shared(); }
    void unlock_shared() STATION_ATTRIBUTE(release_shared_capability()) { std::shared_mutex::unlock_shared(); }
};

// For as long as they live.
template <typename Mutex>
class STATION_ATTRIBUTE(scoped_lockable) Lock {
  public:
    explicit Lock(Mutex& mutex) STATION_ATTRIBUTE(acquire_capability(mutex)) : mutex_(mutex) { mutex.lock(); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock() STATION_ATTRIBUTE(release_capability()) { mutex_.unlock(); }

  private:
    Mutex& mutex_;
};

class STATION_ATTRIBUTE(scoped_lockable) SharedLock {
  public:
    explicit SharedLock(SharedMutex& mutex) STATION_ATTRIBUTE(acquire_shared_capability(mutex)) : mutex_(mutex) {
        mutex.lock_shared();
    }
    SharedLock(const SharedLock&) = delete;
    SharedLock& operator=(const SharedLock&) = delete;
    ~SharedLock() STATION_ATTRIBUTE(release_capability()) { mutex_.unlock_shared(); }

  private:
    SharedMutex& mutex_;
};

}  // namespace station::base
