// Who touched which byte last, and when: two accesses of which one writes, and which no chain of locks, atomics and
// starts of threads orders, are a data race, in whichever order they came this time (FastTrack; TSan's shadow memory).
//
// Each eight bytes have a list of past accesses. One that a newer one makes redundant (what races with it, races with
// the newer one, too) leaves the list, so that it stays as short as the number of threads that touch the bytes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace station::explore {

enum class Access : std::uint8_t { read, write, atomic_read, atomic_write };

// Ends the schedule where the access races. event: as trace.hpp numbers them.
void touch(const void* address, std::size_t size, Access access, std::uint32_t event);

// The memory is given back: as a write, where anybody has touched it.
void touch_freed(const void* address, std::size_t size, std::uint32_t event);

// The memory is new: nothing that happened at these addresses has to do with it.
void forget(const void* address, std::size_t size);
void forget_all_shadows();

// The address is a mutex or an atomic, which a plain write ends (a new one is made at the same place).
void mark_synchronising(const void* address);

}  // namespace station::explore
