// A queue between threads that holds at most `capacity` items and never blocks a producer: when it is full, it says so
// at once, and the producer passes that on to its client (backpressure). Memory stays bounded however fast the
// producers are.
//
// The items lie in moodycamel's ConcurrentQueue (Cameron Desrochers, 2014), and consumers sleep on its semaphore, which
// asks the kernel only when there is nothing to take. The queue keeps what each thread pushes in a list of that
// thread's own: first in, first out holds for each producer, and between two producers there is no order. This class
// adds the bound, and two ways to end: close() lets consumers finish what is queued, abandon() makes them leave it.
// Any thread may call anything.
#pragma once

#include <moodycamel/concurrentqueue.h>  // the semaphore's header uses its macros
#include <moodycamel/lightweightsemaphore.h>
#include <atomic>
#include <cstddef>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>

namespace station::flow {

enum class Push { ok, full, closed };

template <typename T>
class BoundedChannel {
  public:
    explicit BoundedChannel(std::size_t capacity) : capacity_(capacity) {}

    // Never waits. Push::full where `capacity` items wait already, or no memory is left for one more.
    Push try_push(T item) {
        // The place is taken before the item goes in, so that the bound holds however many producers race.
        const bool has_place = size_.fetch_add(1) < capacity_;
        // Sequentially consistent, as in close(): either close() is seen here, or the consumers see the place taken
        // and wait for its item.
        const bool closed = closed_.load();
        if (has_place && !closed && items_.enqueue(std::move(item))) {
            waiting_.signal();
            return Push::ok;
        }
        size_.fetch_sub(1);
        return closed ? Push::closed : Push::full;
    }

    // Waits for an item. nullopt: the channel has ended, and nothing more will come.
    std::optional<T> pop() {
        std::optional<T> item;
        waiting_.wait();
        while (!abandoned_.load()) {
            if (items_.try_dequeue(item)) {
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
    // What throws on its way in or out would keep its place for ever.
    static_assert(std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>);
    moodycamel::ConcurrentQueue<T> items_;
    moodycamel::LightweightSemaphore waiting_;
};

}  // namespace station::flow
