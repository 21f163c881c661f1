// Exercise 5: a channel between threads that takes whatever it is given, as long as there is memory. Give it an end.
#pragma once

#include <moodycamel/concurrentqueue.h>  // the semaphore's header uses its macros
#include <moodycamel/lightweightsemaphore.h>
#include <atomic>
#include <cstddef>
#include <optional>
// ---- your part: what you need ----
#include <deque>
#include <mutex>
// ---- end of your part ----

namespace station::flow {

enum class Push { ok, full, closed };

template <typename T>
class BoundedChannel {
  public:
    // ---- your part: put in and take out ----
    explicit BoundedChannel(std::size_t capacity) : capacity_(capacity) {}

    // Never waits. Push::full where `capacity` items wait already.
    Push try_push(T item) {
        if (closed_.load()) return Push::closed;
        const std::lock_guard lock{mutex_};
        items_.push_back(std::move(item));
        size_.fetch_add(1);
        waiting_.signal();
        return Push::ok;
    }

    // Waits for an item. nullopt: the channel has ended, and nothing more will come.
    std::optional<T> pop() {
        waiting_.wait();
        const std::lock_guard lock{mutex_};
        if (abandoned_.load() || items_.empty()) {
            waiting_.signal();  // the other consumers must hear of the end, too
            return std::nullopt;
        }
        std::optional<T> item{std::move(items_.front())};
        items_.pop_front();
        size_.fetch_sub(1);
        return item;
    }
    // ---- end of your part ----

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
    // ---- your part: where the items lie ----
    std::mutex mutex_;
    std::deque<T> items_;
    // ---- end of your part ----
    moodycamel::LightweightSemaphore waiting_;
};

}  // namespace station::flow
