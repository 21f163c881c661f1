// Which locks a thread takes: mutexes, shared mutexes and spin locks of the system, as the standard library uses them.
// A program can ask where loadgen/piece/CMakeLists.txt names `locks` among its probes.
#pragma once

#include <vector>

namespace station::piece {

struct TakenLock {
    const void* lock = nullptr;
    bool shared = false;  // a shared mutex, for reading

    bool operator==(const TakenLock&) const = default;
};

// Those that the calling thread takes while `call` runs, in order.
template <typename Call>
std::vector<TakenLock> locks_of(Call&& call);

namespace detail {
std::vector<TakenLock>*& taken_locks();  // of the calling thread; nullptr: nobody asks
}

template <typename Call>
std::vector<TakenLock> locks_of(Call&& call) {
    std::vector<TakenLock> taken;
    detail::taken_locks() = &taken;
    call();
    detail::taken_locks() = nullptr;
    return taken;
}

}  // namespace station::piece
