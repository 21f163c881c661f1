// A lock-free queue of fixed size for any number of producers and consumers: first in, first out over all of them, and
// nobody ever waits. Its memory is taken once.
//
// The idea is Dmitry Vyukov's bounded MPMC queue (1024cores.net, 2010). The cells form a ring, and each has a turn: the
// place in the queue's history whose producer may fill it now, or, plus one, whose consumer may empty it. Producers and
// consumers race only for places (one compare-exchange); whoever has a place owns its cell, and hands it on with a
// release that the next owner acquires.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace station::flow {

template <typename T>
class BoundedQueue {
  public:
    // With one cell alone, "filled" and "free for the next round" would be the same turn.
    explicit BoundedQueue(std::size_t capacity)
        : size_(std::max<std::size_t>(capacity, 2)), cells_(std::make_unique<Cell[]>(size_)) {
        for (std::size_t i = 0; i < size_; ++i) cells_[i].turn.store(i, std::memory_order_relaxed);
    }

    // False where the cell whose turn it is has not been emptied yet; `item` is then left as it was.
    bool try_push(T& item) {
        std::size_t place = tail_.load(std::memory_order_relaxed);
        while (true) {
            Cell& cell = cells_[place % size_];
            const std::size_t turn = cell.turn.load(std::memory_order_acquire);
            if (turn < place) return false;
            if (turn > place) {
                place = tail_.load(std::memory_order_relaxed);  // somebody else has it already
            } else if (tail_.compare_exchange_weak(place, place + 1, std::memory_order_relaxed)) {
                cell.item = std::move(item);
                cell.turn.store(place + 1, std::memory_order_release);
                return true;
            }
        }
    }

    // nullopt where the cell whose turn it is has not been filled yet.
    std::optional<T> try_pop() {
        std::size_t place = head_.load(std::memory_order_relaxed);
        while (true) {
            Cell& cell = cells_[place % size_];
            const std::size_t turn = cell.turn.load(std::memory_order_acquire);
            if (turn < place + 1) return std::nullopt;
            if (turn > place + 1) {
                place = head_.load(std::memory_order_relaxed);
            } else if (head_.compare_exchange_weak(place, place + 1, std::memory_order_relaxed)) {
                std::optional<T> item{std::move(cell.item)};
                cell.turn.store(place + size_, std::memory_order_release);
                return item;
            }
        }
    }

  private:
    static constexpr std::size_t kCacheLine = 64;

    struct Cell {
        std::atomic<std::size_t> turn{0};
        T item{};
    };

    const std::size_t size_;
    const std::unique_ptr<Cell[]> cells_;
    alignas(kCacheLine) std::atomic<std::size_t> tail_{0};  // the next place to fill
    alignas(kCacheLine) std::atomic<std::size_t> head_{0};  // the next place to empty
};

}  // namespace station::flow
