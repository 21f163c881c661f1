// A queue between threads that holds at most `capacity` items and never blocks a producer: when it is full, it says so
// at once, and the producer passes that on to its client (backpressure). Memory stays bounded however fast the
// producers are.
//
// The items lie in a lock-free queue of fixed size, and consumers sleep on moodycamel's semaphore, which asks the kernel
// only when there is nothing to take. This class adds the two ways to end: close() lets consumers finish what is queued,
// abandon() makes them leave it. Any thread may call anything.
#pragma once

#include <atomic>
#include <concurrentqueue/concurrentqueue.h>  // the semaphore's header uses its macros
#include <concurrentqueue/lightweightsemaphore.h>
#include <cstddef>
#include <optional>
#include <station/flow/bounded_queue.hpp>
#include <thread>

namespace station::flow {

enum class Push { ok, full, closed };

template <typename T>
class BoundedChannel {
  public:
    explicit BoundedChannel(std::size_t capacity) : capacity_(capacity), items_(capacity) {}

    Push try_push(T item) {
        // The place is taken before the item goes in, so that the bound holds however many producers race.
        if (size_.fetch_add(1) >= capacity_) {
            size_.fetch_sub(1);
            return closed_.load() ? Push::closed : Push::full;
        }
        // Sequentially consistent, as in close(): either close() is seen here, or the consumers see the place taken
        // and wait for its item.
        if (closed_.load()) {
            size_.fetch_sub(1);
            return Push::closed;
        }
        if (!items_.try_push(item)) {
            // A consumer has taken the item of the round before, but is not done with its cell.
            size_.fetch_sub(1);
            return Push::full;
        }
        waiting_.signal();
        return Push::ok;
    }

    // Waits for an item. nullopt: the channel has ended, and nothing more will come.
    std::optional<T> pop() {
        waiting_.wait();
        while (!abandoned_.load()) {
            if (std::optional<T> item = items_.try_pop()) {
                size_.fetch_sub(1);
                return item;
            }
            // Only the end comes without an item. Otherwise one is on its way: its producer is between taking the
            // place and putting the item in.
            if (closed_.load() && size_.load() == 0) break;
            std::this_thread::yield();
        }
        waiting_.signal();  // the other consumers must hear of the end, too
        return std::nullopt;
    }

    // No more pushes; consumers get what is queued, then nullopt.
    void close() {
        closed_.store(true);
        waiting_.signal();
    }

    // No more pushes; consumers get nullopt from now on, and what is queued is lost.
    void abandon() {
        abandoned_.store(true);
        close();
    }

    // For graphs and logs: already out of date when it returns.
    std::size_t size() const { return size_.load(std::memory_order_relaxed); }
    std::size_t capacity() const { return capacity_; }

  private:
    const std::size_t capacity_;
    std::atomic<std::size_t> size_{0};
    std::atomic<bool> closed_{false};
    std::atomic<bool> abandoned_{false};
    BoundedQueue<T> items_;
    moodycamel::LightweightSemaphore waiting_;
};

}  // namespace station::flow
