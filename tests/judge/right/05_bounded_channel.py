HEAD = """
#pragma once

#include <moodycamel/concurrentqueue.h>
#include <moodycamel/lightweightsemaphore.h>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <new>
#include <optional>
#include <utility>
#include <vector>

namespace station::flow {

enum class Push { ok, full, closed };

"""

right("mutex-and-deque", text=HEAD + """
template <typename T>
class BoundedChannel {
  public:
    explicit BoundedChannel(std::size_t capacity) : capacity_(capacity) {}

    Push try_push(T item) {
        {
            const std::lock_guard lock{mutex_};
            if (closed_) return Push::closed;
            if (items_.size() >= capacity_) return Push::full;
            try {
                items_.push_back(std::move(item));
            } catch (const std::bad_alloc&) {
                return Push::full;
            }
        }
        news_.notify_one();
        return Push::ok;
    }

    std::optional<T> pop() {
        std::unique_lock lock{mutex_};
        news_.wait(lock, [this] { return abandoned_ || closed_ || !items_.empty(); });
        if (abandoned_ || items_.empty()) return std::nullopt;
        std::optional<T> item{std::move(items_.front())};
        items_.pop_front();
        return item;
    }

    void close() {
        const std::lock_guard lock{mutex_};
        closed_ = true;
        news_.notify_all();
    }

    void abandon() {
        const std::lock_guard lock{mutex_};
        abandoned_ = true;
        closed_ = true;
        news_.notify_all();
    }

    std::size_t size() const {
        const std::lock_guard lock{mutex_};
        return items_.size();
    }
    std::size_t capacity() const { return capacity_; }

  private:
    const std::size_t capacity_;
    mutable std::mutex mutex_;
    std::condition_variable news_;
    std::deque<T> items_;
    bool closed_ = false;
    bool abandoned_ = false;
};

}  // namespace station::flow
""")

right("ring-and-condition", text=HEAD + """
// A ring that is allocated in the constructor: a push never asks for memory.
template <typename T>
class BoundedChannel {
  public:
    explicit BoundedChannel(std::size_t capacity) : ring_(capacity) {}

    Push try_push(T item) {
        std::unique_lock<std::mutex> lock(mutex_);
        if (ended_) return Push::closed;
        if (count_ == ring_.size()) return Push::full;
        ring_[(head_ + count_) % ring_.size()].emplace(std::move(item));
        count_++;
        lock.unlock();
        not_empty_.notify_all();
        return Push::ok;
    }

    std::optional<T> pop() {
        std::unique_lock<std::mutex> lock(mutex_);
        while (count_ == 0 && !ended_) not_empty_.wait(lock);
        if (count_ == 0) return {};
        std::optional<T> item = std::move(ring_[head_]);
        ring_[head_].reset();
        head_ = (head_ + 1) % ring_.size();
        count_--;
        return item;
    }

    void close() { end(false); }
    void abandon() { end(true); }

    std::size_t size() const {
        std::unique_lock<std::mutex> lock(mutex_);
        return count_;
    }
    std::size_t capacity() const { return ring_.size(); }

  private:
    void end(bool forget) {
        std::unique_lock<std::mutex> lock(mutex_);
        ended_ = true;
        if (forget) count_ = 0;
        not_empty_.notify_all();
    }

    mutable std::mutex mutex_;
    std::condition_variable not_empty_;
    std::vector<std::optional<T>> ring_;
    std::size_t head_ = 0;
    std::size_t count_ = 0;
    bool ended_ = false;
};

}  // namespace station::flow
""")

right("ring-and-two-semaphores", text=HEAD + """
// Dijkstra's bounded buffer: one semaphore counts the places, one the items and the end.
template <typename T>
class BoundedChannel {
  public:
    explicit BoundedChannel(std::size_t capacity) : ring_(capacity), places_(static_cast<std::ptrdiff_t>(capacity)) {}

    Push try_push(T item) {
        const std::lock_guard lock{mutex_};
        if (closed_) return Push::closed;
        if (!places_.tryWait()) return Push::full;
        ring_[in_++ % ring_.size()].emplace(std::move(item));
        items_.signal();
        return Push::ok;
    }

    std::optional<T> pop() {
        items_.wait();
        const std::lock_guard lock{mutex_};
        if (abandoned_ || out_ == in_) {
            items_.signal();
            return std::nullopt;
        }
        std::optional<T> item = std::move(ring_[out_ % ring_.size()]);
        ring_[out_++ % ring_.size()].reset();
        places_.signal();
        return item;
    }

    void close() {
        const std::lock_guard lock{mutex_};
        closed_ = true;
        items_.signal();
    }

    void abandon() {
        const std::lock_guard lock{mutex_};
        closed_ = abandoned_ = true;
        items_.signal();
    }

    std::size_t size() const {
        const std::lock_guard lock{mutex_};
        return in_ - out_;
    }
    std::size_t capacity() const { return ring_.size(); }

  private:
    mutable std::mutex mutex_;
    std::vector<std::optional<T>> ring_;
    moodycamel::LightweightSemaphore places_;
    moodycamel::LightweightSemaphore items_;
    std::size_t in_ = 0;
    std::size_t out_ = 0;
    bool closed_ = false;
    bool abandoned_ = false;
};

}  // namespace station::flow
""")

right("place-by-compare-exchange", edits=[
    ("""        const bool has_place = size_.fetch_add(1) < capacity_;
""", """        std::size_t taken = size_.load();
        while (taken < capacity_ && !size_.compare_exchange_weak(taken, taken + 1)) {
        }
        const bool has_place = taken < capacity_;
"""),
    ("""        size_.fetch_sub(1);
        return closed ? Push::closed : Push::full;
""", """        if (has_place) --size_;
        return closed ? Push::closed : Push::full;
"""),
])
