// Atomics with the orders that the program asks for, and not those of the machine: a load that is not sequentially
// consistent may read an older store, where nothing says that the thread must know of a newer one (CDSChecker, Norris and
// Demsky, 2013; Relacy). Stores come in the order in which they are executed, so that what is seen is less than what
// the standard allows: no store is overtaken by another one, nothing is read before it is written.
//
// Old values are given to the learner's code only. The standard library's atomic<shared_ptr> and semaphores, and
// moodycamel's queue, rely on more than their orders say.
#pragma once

#include <cstddef>
#include <cstdint>

namespace station::explore {

// Of `size` bytes, with the values widened to 64 bits. From inside a hook, at a point().
// The value that is read.
std::uint64_t load_atomic(const volatile void* address, std::size_t size, std::uint64_t newest, int order, void* pc);
void store_atomic(volatile void* address, std::size_t size, std::uint64_t old, std::uint64_t value, int order,
                  void* pc);
void change_atomic(volatile void* address, std::size_t size, std::uint64_t old, std::uint64_t value, int order,
                   void* pc);
// A compare-exchange that found another value.
void miss_atomic(volatile void* address, std::size_t size, std::uint64_t found, int order, void* pc);
void fence(int order, void* pc);

void forget_atomics(std::uintptr_t begin, std::size_t size);
void forget_all_atomics();

}  // namespace station::explore
