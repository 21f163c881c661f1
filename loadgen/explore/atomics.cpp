#include <loadgen/explore/atomics.hpp>

#include <algorithm>
#include <loadgen/explore/schedule.hpp>
#include <loadgen/explore/shadow.hpp>
#include <loadgen/explore/symbols.hpp>
#include <loadgen/explore/trace.hpp>
#include <unordered_map>
#include <vector>

namespace station::explore {
namespace {

constexpr int kOldValueRarity = 3;
constexpr std::size_t kMostStores = 32;

struct Store {
    std::uint64_t value;
    int thread;
    std::uint32_t clock;   // of that thread, when it stored
    VectorClock released;  // what one who reads it with acquire learns
};

// What a thread has read: it, and all who know of that, read nothing older.
struct Seen {
    std::size_t store = 0;
    std::uint32_t clock = 0;
};

struct Atomic {
    std::vector<Store> stores;
    std::size_t dropped = 0;  // older ones, which nobody reads any more
    Seen seen[kMaxThreads];

    std::size_t newest() const { return dropped + stores.size() - 1; }
    const Store& at(std::size_t number) const { return stores[number - dropped]; }
};

std::unordered_map<std::uintptr_t, Atomic> atomics;
// What came before the sequentially consistent stores and fences so far: who loads after such a fence knows of it.
VectorClock consistent;

bool acquires(int order) { return order != __ATOMIC_RELAXED && order != __ATOMIC_RELEASE; }
bool releases(int order) { return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST; }

// `newest` is what memory holds: another value than the last store's was written without an atomic operation.
Atomic& atomic_of(const volatile void* address, std::uint64_t newest) {
    const auto [at, is_new] = atomics.try_emplace(reinterpret_cast<std::uintptr_t>(address));
    Atomic& atomic = at->second;
    if (is_new) mark_synchronising(const_cast<const void*>(address));
    if (is_new || atomic.stores.back().value != newest) {
        atomic = Atomic{};
        atomic.stores.push_back({newest, 0, 0, {}});
    }
    return atomic;
}

// The oldest store that the calling thread may still read.
std::size_t oldest_readable(const Atomic& atomic) {
    const Thread& mine = self();
    std::size_t oldest = atomic.newest();
    while (oldest > atomic.dropped) {
        const Store& store = atomic.at(oldest);
        const bool known = store.clock <= mine.clock.of[store.thread];
        const bool fenced = store.clock <= mine.fence_view.of[store.thread];
        if (known || fenced) break;
        --oldest;
    }
    for (int i = 0; i < thread_count(); ++i) {
        if (i == mine.id || atomic.seen[i].clock <= mine.clock.of[i]) oldest = std::max(oldest, atomic.seen[i].store);
    }
    return oldest;
}

void learn(const VectorClock& released, int order) {
    Thread& mine = self();
    (acquires(order) ? mine.clock : mine.loaded).join(released);
}

void add_store(Atomic& atomic, std::uint64_t value, int order, bool goes_on) {
    Thread& mine = self();
    Store store{value, mine.id, mine.clock.of[mine.id], {}};
    // A read-modify-write goes on with what the store before it released.
    if (goes_on) store.released = atomic.stores.back().released;
    store.released.join(releases(order) ? mine.clock : mine.fenced);
    if (releases(order)) ++mine.clock.of[mine.id];
    if (order == __ATOMIC_SEQ_CST) consistent.of[mine.id] = std::max(consistent.of[mine.id], store.clock);
    atomic.stores.push_back(store);
    atomic.seen[mine.id] = {atomic.newest(), store.clock};
    if (atomic.stores.size() > kMostStores) {
        atomic.stores.erase(atomic.stores.begin());
        ++atomic.dropped;
    }
}

std::uint32_t note_atomic(const char* what, const volatile void* address, std::size_t size, std::uint64_t before,
                          std::uint64_t after, void* pc) {
    return note({Act::atomic, what, "the atomic", const_cast<const void*>(address), static_cast<std::uint32_t>(size),
                 before, after},
                pc);
}

}  // namespace

std::uint64_t load_atomic(const volatile void* address, std::size_t size, std::uint64_t newest, int order, void* pc) {
    looked();
    Atomic& atomic = atomic_of(address, newest);
    Thread& mine = self();
    std::size_t read = atomic.newest();
    if (order != __ATOMIC_SEQ_CST) {
        const std::size_t choices = read - oldest_readable(atomic) + 1;
        if (choices > 1 && is_learners(pc)) {
            read -= static_cast<std::size_t>(
                choose_among(Decision::Kind::old_value, static_cast<int>(choices), kOldValueRarity));
        }
    }
    const Store& store = atomic.at(read);
    const bool old = read != atomic.newest();
    if (old) mine.fruitless = 0;
    atomic.seen[mine.id] = {read, mine.clock.of[mine.id]};
    const auto event = note_atomic(old ? "reads an old value of @: #, while it is $ by now" : "reads @: #", address,
                                   size, store.value, newest, pc);
    touch(const_cast<const void*>(address), size, Access::atomic_read, event);
    learn(store.released, order);
    return store.value;
}

void store_atomic(volatile void* address, std::size_t size, std::uint64_t old, std::uint64_t value, int order,
                  void* pc) {
    touch(const_cast<const void*>(address), size, Access::atomic_write,
          note_atomic("writes @: $", address, size, old, value, pc));
    add_store(atomic_of(address, old), value, order, false);
    old != value ? progress() : looked();
}

void change_atomic(volatile void* address, std::size_t size, std::uint64_t old, std::uint64_t value, int order,
                   void* pc) {
    touch(const_cast<const void*>(address), size, Access::atomic_write,
          note_atomic("changes @ from # to $", address, size, old, value, pc));
    Atomic& atomic = atomic_of(address, old);
    learn(atomic.stores.back().released, order);
    add_store(atomic, value, order, true);
    old != value ? progress() : looked();
}

void miss_atomic(volatile void* address, std::size_t size, std::uint64_t found, int order, void* pc) {
    looked();
    Atomic& atomic = atomic_of(address, found);
    atomic.seen[self().id] = {atomic.newest(), self().clock.of[self().id]};
    touch(const_cast<const void*>(address), size, Access::atomic_read,
          note_atomic("finds @ to be # and leaves it", address, size, found, found, pc));
    learn(atomic.stores.back().released, order);
}

void fence(int order, void* pc) {
    point();
    note({Act::operation, "passes a fence", "", nullptr, 0, 0, 0}, pc);
    Thread& mine = self();
    if (acquires(order)) mine.clock.join(mine.loaded);
    if (order == __ATOMIC_SEQ_CST) {
        mine.fence_view.join(consistent);
        consistent.join(mine.clock);
    }
    if (!releases(order)) return;
    mine.fenced = mine.clock;
    ++mine.clock.of[mine.id];
}

void forget_atomics(std::uintptr_t begin, std::size_t size) {
    for (std::uintptr_t at = begin; at < begin + size; ++at) atomics.erase(at);
}

void forget_all_atomics() {
    atomics.clear();
    consistent = {};
}

}  // namespace station::explore
