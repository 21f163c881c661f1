#include <loadgen/explore/shadow.hpp>

#include <algorithm>
#include <loadgen/explore/atomics.hpp>
#include <loadgen/explore/schedule.hpp>
#include <loadgen/explore/story.hpp>
#include <loadgen/explore/sync.hpp>
#include <vector>

namespace station::explore {
namespace {

struct Past {
    std::uint32_t clock;
    std::uint32_t event;
    std::uint8_t thread;
    std::uint8_t bytes;  // a bit for each of the eight
    Access access;
};

struct Cell {
    std::uintptr_t granule = 0;
    std::uint32_t generation = 0;  // of another schedule: empty
    bool synchronises = false;
    std::vector<Past> past;
};

// Open addressing, since it is looked up at every access; emptied by a new generation.
std::vector<Cell> cells;
std::size_t used = 0;
std::uint32_t generation = 1;
constexpr std::size_t kFirstCells = 1 << 12;

std::size_t slot_of(std::uintptr_t granule) { return (granule * 0x9E3779B97F4A7C15ULL >> 20) & (cells.size() - 1); }

Cell* find(std::uintptr_t granule) {
    if (cells.empty()) return nullptr;
    for (std::size_t slot = slot_of(granule);; slot = (slot + 1) & (cells.size() - 1)) {
        Cell& cell = cells[slot];
        if (cell.generation != generation) return nullptr;
        if (cell.granule == granule) return &cell;
    }
}

Cell& free_cell(std::uintptr_t granule) {
    std::size_t slot = slot_of(granule);
    while (cells[slot].generation == generation) slot = (slot + 1) & (cells.size() - 1);
    return cells[slot];
}

void grow() {
    std::vector<Cell> old(cells.empty() ? kFirstCells : 2 * cells.size());
    old.swap(cells);
    for (Cell& cell : old) {
        if (cell.generation == generation) free_cell(cell.granule) = std::move(cell);
    }
}

Cell& find_or_add(std::uintptr_t granule) {
    if (Cell* const found = find(granule)) return *found;
    if (2 * used >= cells.size()) grow();
    Cell& cell = free_cell(granule);
    cell.granule = granule;
    cell.generation = generation;
    cell.synchronises = false;
    cell.past.clear();
    ++used;
    return cell;
}

bool writes(Access access) { return access == Access::write || access == Access::atomic_write; }
bool is_atomic(Access access) { return access == Access::atomic_read || access == Access::atomic_write; }
bool conflict(Access a, Access b) { return (writes(a) || writes(b)) && !(is_atomic(a) && is_atomic(b)); }

// Whether all that conflicts with `old` conflicts with `now`.
bool covers(Access now, Access old) {
    switch (now) {
        case Access::write: return true;
        case Access::atomic_write: return is_atomic(old);
        case Access::read: return old == Access::read || old == Access::atomic_read;
        case Access::atomic_read: return old == Access::atomic_read;
    }
    return false;
}

void touch_cell(Cell& cell, const Past& now) {
    const Thread& mine = self();
    for (const Past& old : cell.past) {
        if (old.thread == now.thread || (old.bytes & now.bytes) == 0 || !conflict(old.access, now.access)) continue;
        if (old.clock > mine.clock.of[old.thread]) {
            note_race(old.event, now.event);
            end(Kind::race, "two threads use the same memory, one of them writes, and nothing orders the two");
        }
    }
    std::erase_if(cell.past, [&](const Past& old) {
        return old.clock <= mine.clock.of[old.thread] && (old.bytes & ~now.bytes) == 0 &&
               covers(now.access, old.access);
    });
    cell.past.push_back(now);
}

std::uint8_t bytes_of(std::uintptr_t granule, std::uintptr_t begin, std::uintptr_t end) {
    const std::uintptr_t first = std::max(begin, granule << 3);
    const std::uintptr_t last = std::min(end, (granule + 1) << 3);
    return static_cast<std::uint8_t>(((1U << (last - first)) - 1) << (first & 7));
}

void forget_synchronisation(std::uintptr_t granule) {
    forget_syncs(granule << 3, 8);
    forget_atomics(granule << 3, 8);
}

// Calls `use` with every cell that there is of these addresses.
template <typename Use>
void for_each_cell(std::uintptr_t begin, std::uintptr_t end, Use use) {
    const std::uintptr_t first = begin >> 3;
    const std::uintptr_t last = (end - 1) >> 3;
    if (last - first < cells.size()) {
        for (std::uintptr_t granule = first; granule <= last; ++granule) {
            if (Cell* const cell = find(granule)) use(*cell);
        }
        return;
    }
    for (Cell& cell : cells) {
        if (cell.generation == generation && cell.granule >= first && cell.granule <= last) use(cell);
    }
}

}  // namespace

void touch(const void* address, std::size_t size, Access access, std::uint32_t event) {
    if (size == 0) return;
    const auto begin = reinterpret_cast<std::uintptr_t>(address);
    const std::uintptr_t end = begin + size;
    const Thread& mine = self();
    for (std::uintptr_t granule = begin >> 3; granule <= (end - 1) >> 3; ++granule) {
        Cell& cell = find_or_add(granule);
        if (access == Access::write && cell.synchronises) {
            cell.synchronises = false;
            forget_synchronisation(granule);
        }
        touch_cell(cell, {mine.clock.of[mine.id], event, static_cast<std::uint8_t>(mine.id),
                          bytes_of(granule, begin, end), access});
    }
}

void touch_freed(const void* address, std::size_t size, std::uint32_t event) {
    if (size == 0) return;
    const auto begin = reinterpret_cast<std::uintptr_t>(address);
    const Thread& mine = self();
    for_each_cell(begin, begin + size, [&](Cell& cell) {
        touch_cell(cell, {mine.clock.of[mine.id], event, static_cast<std::uint8_t>(mine.id),
                          bytes_of(cell.granule, begin, begin + size), Access::write});
    });
}

void forget(const void* address, std::size_t size) {
    if (size == 0) return;
    const auto begin = reinterpret_cast<std::uintptr_t>(address);
    for_each_cell(begin, begin + size, [&](Cell& cell) {
        cell.past.clear();
        if (cell.synchronises) forget_synchronisation(cell.granule);
        cell.synchronises = false;
    });
}

void forget_all_shadows() {
    ++generation;
    used = 0;
}

void mark_synchronising(const void* address) {
    find_or_add(reinterpret_cast<std::uintptr_t>(address) >> 3).synchronises = true;
}

}  // namespace station::explore
