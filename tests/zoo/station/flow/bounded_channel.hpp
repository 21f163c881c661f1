// The channel of the zoo: right, and with one bug on request. A lock and a condition variable, so that each bug is a
// line or two, and happens every time: where threads must meet at a bad moment, the bug makes them meet.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <station/zoo.hpp>
#include <thread>
#include <utility>

namespace station::flow {

enum class Push { ok, full, closed };

template <typename T>
class BoundedChannel {
  public:
    explicit BoundedChannel(std::size_t capacity) : capacity_(capacity) {
        if (zoo::has("unbounded-queue")) capacity_ = SIZE_MAX;
        if (zoo::has("bound-off-by-a-factor")) capacity_ = 4 * capacity;
    }

    Push try_push(T item) {
        std::unique_lock lock{mutex_};
        if (closed_) return zoo::has("accepts-while-draining") ? Push::ok : Push::closed;
        if (items_.size() >= capacity_ || (zoo::has("place-not-given-back") && accepted_ >= capacity_)) {
            lock.unlock();
            if (zoo::has("busy-arrives-late")) std::this_thread::sleep_for(std::chrono::milliseconds{20});
            return Push::full;
        }
        const bool tenth = ++pushes_ % 10 == 0;
        if (tenth && zoo::has("dropped-after-accepted")) return Push::ok;
        if (tenth && zoo::has("processed-twice")) items_.push_back(item);
        items_.push_back(std::move(item));
        ++accepted_;
        // Woken only for the first of several: whoever sleeps then sleeps on.
        if (zoo::has("one-worker-only")) available_.notify_all();  // the one that works among them
        if (!zoo::has("lost-wake-up") || items_.size() == 1) available_.notify_one();
        return Push::ok;
    }

    std::optional<T> pop() {
        thread_local int taken = 0;
        constexpr int kLife = 100;
        if (zoo::has("workers-that-die") && taken++ == kLife) return std::nullopt;
        thread_local std::unique_lock<std::mutex> working;
        if (zoo::has("lock-held-across-work")) {
            if (working.owns_lock()) working.unlock();
            working = std::unique_lock{one_consumer_};
        }
        auto item = take();
        if (!item && working.owns_lock()) working.unlock();
        return item;
    }

    void close() {
        if (zoo::has("drain-skipped")) return abandon();
        const std::lock_guard lock{mutex_};
        closed_ = true;
        available_.notify_all();
    }

    void abandon() {
        const std::lock_guard lock{mutex_};
        closed_ = abandoned_ = true;
        available_.notify_all();
    }

  private:
    std::optional<T> take() {
        std::unique_lock lock{mutex_};
        if (consumer_ == std::thread::id{}) consumer_ = std::this_thread::get_id();
        const bool idle = zoo::has("one-worker-only") && consumer_ != std::this_thread::get_id();
        if (zoo::has("lost-wake-up") && !closed_) available_.wait(lock);  // without a look at the queue
        available_.wait(lock, [&] { return has_ended() || (!items_.empty() && !idle); });
        if (abandoned_ || items_.empty()) return std::nullopt;
        if constexpr (requires { items_[1].respond; }) {
            if (zoo::has("replies-crossed") && items_.size() > 1) std::swap(items_[0].respond, items_[1].respond);
        }
        std::optional<T> item{std::move(items_.front())};
        items_.pop_front();
        return item;
    }

    bool has_ended() const { return abandoned_ || (closed_ && !zoo::has("drain-that-hangs")); }

    std::size_t capacity_;
    std::mutex mutex_;
    std::condition_variable available_;
    std::deque<T> items_;
    std::uint64_t pushes_ = 0;
    std::size_t accepted_ = 0;
    std::thread::id consumer_;
    bool closed_ = false;
    bool abandoned_ = false;
    std::mutex one_consumer_;
};

}  // namespace station::flow
