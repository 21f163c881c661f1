// Mutexes, locks, condition variables, semaphores and once-flags as the explorer sees them: not the bytes that the C
// library keeps in them, but who holds and who waits, and the clock that is handed from one thread to the next.
//
// Each function is what the one of the same name in pthreads does; pc is where it was called. From inside a hook.
#pragma once

#include <pthread.h>
#include <cstddef>
#include <cstdint>

namespace station::explore {

int lock_mutex(pthread_mutex_t* mutex, std::int64_t deadline, void* pc);
int try_lock_mutex(pthread_mutex_t* mutex, void* pc);
void unlock_mutex(pthread_mutex_t* mutex, void* pc);

int lock_shared(const void* lock, std::int64_t deadline, void* pc);
int lock_exclusive(const void* lock, std::int64_t deadline, void* pc);
int try_lock_shared(const void* lock, void* pc);
int try_lock_exclusive(const void* lock, void* pc);
void unlock_shared_or_exclusive(const void* lock, void* pc);

int wait_on_condition(const void* condition, pthread_mutex_t* mutex, std::int64_t deadline, void* pc);
void notify_condition(const void* condition, bool all, void* pc);

void make_semaphore(const void* semaphore, unsigned value);
int take_semaphore(const void* semaphore, std::int64_t deadline, void* pc);  // 0 or an error number
int try_take_semaphore(const void* semaphore, void* pc);
void give_semaphore(const void* semaphore, void* pc);

// futex(2), which std::atomic's wait() and the standard library's semaphores and futures sleep on.
int wait_on_futex(const void* address, std::int64_t deadline, void* pc);  // 0 or an error number
int wake_futex(const void* address, int most, void* pc);

// True: the caller initialises, and calls end_initialisation(). `done` is looked at again after each wait.
bool begin_initialisation(const void* flag, bool (*done)(const void*), void* pc);
void end_initialisation(const void* flag);
// The flag says that all is done.
void acquire_initialised(const void* flag);

// What one thread wrote into a file descriptor another reads from it.
void release_descriptor(int descriptor);
void acquire_descriptor(int descriptor);

// Who holds the mutex or the lock; -1: nobody, or several share it.
int holder_of(const void* object);

void forget_syncs(std::uintptr_t begin, std::size_t size);
void forget_all_syncs();

}  // namespace station::explore
