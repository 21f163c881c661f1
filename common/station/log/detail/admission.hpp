// The way into a topic's writer, for any thread: what is let in, how much may wait, and who writes it.
//
// The list of requests is a stack that is taken as a whole and turned around, not moodycamel's queue: that one keeps
// order among the items of each producer only, and here a publish that was submitted before another one, by whatever
// thread, must come before it in the log.
//
// Whoever holds the turn writes what waits. Handing in and looking for work are sequentially consistent: either the one
// who gives the turn back sees the request, or the one who handed it in gets the turn.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <station/log/config.hpp>
#include <station/log/detail/topic_state.hpp>
#include <station/log/publish.hpp>
#include <thread>

namespace station::log {

// A list through PublishRequest::next.
struct RequestList {
    PublishRequest* first = nullptr;
    PublishRequest* last = nullptr;

    bool empty() const { return first == nullptr; }
    void push_back(PublishRequest& request);
    PublishRequest& pop_front();
};

class Admission {
  public:
    // Both must outlive it.
    Admission(const TopicState& topic, const BusConfig& config) : topic_(topic), config_(config) {}

    // Any thread. An error: the request was not taken.
    std::error_code take(PublishRequest& request);
    // The same, but waits for room.
    std::error_code take_waiting(PublishRequest& request);
    // Events that were taken are answered.
    void leave(std::size_t events);
    std::size_t queued() const { return queued_.load(std::memory_order_relaxed); }

    // Any thread: gets the turn, where nobody has it. Whoever has it passes it on, or gives it back.
    bool take_turn() { return !busy_.exchange(true); }
    // This thread has the turn from here on; then only it may call what follows.
    void begin_turn();
    bool holds_turn() const { return owner_.load(std::memory_order_relaxed) == std::this_thread::get_id(); }
    void end_turn();
    // False where the turn must be passed on: something came in. After end_turn().
    bool give_back_turn(bool more);
    // All that waits, oldest first, behind what is in the list.
    void collect(RequestList& list);

    // Something other than a request asks for the turn.
    void want_sync() { sync_wanted_.store(true); }
    bool take_sync_wanted() { return sync_wanted_.exchange(false); }

    // No more requests are taken; waits until all that were are answered, and keeps the turn.
    void close();
    bool closed() const { return closed_.load(); }

  private:
    std::error_code check(PublishRequest& request) const;
    std::error_code check(const Message& message) const;
    std::error_code enqueue(PublishRequest& request);
    std::error_code closing() const;  // why no more is taken
    void wait_for_room();
    void wake_waiters();
    bool has_work() const { return incoming_.load() != nullptr || sync_wanted_.load(); }

    const TopicState& topic_;
    const BusConfig& config_;

    std::atomic<PublishRequest*> incoming_{nullptr};  // newest first
    std::atomic<std::size_t> queued_{0};              // events not yet answered
    std::atomic<bool> busy_{false};
    std::atomic<std::thread::id> owner_{};
    std::atomic<bool> sync_wanted_{false};
    std::atomic<bool> closed_{false};

    std::mutex room_mutex_;
    std::condition_variable room_;  // in the queue; once it is closed, also that the turn was given back
    std::atomic<int> room_waiters_{0};
};

}  // namespace station::log
