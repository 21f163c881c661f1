// The threads of a bus: they write for all its topics and do what nobody waits for (sealing segments, preparing the
// next one). A topic whose disk is slow holds up none of the others: who is ready and finds no thread idle gets a new
// one, up to a bound, and a thread that had nothing to do for a while ends. Where writers go to memory as a rule, more
// threads than processors only take turns with each other: a few do all, and another one comes where those get nothing
// done for a moment. Timers ring on a thread of their own, which never waits for a disk. Any thread may call anything.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <station/log/bytes.hpp>
#include <thread>
#include <vector>

namespace station::log {

class Writer;

// Memory for one group of records; reused, so that a group costs no allocation.
struct GroupBuffer {
    std::unique_ptr<std::byte[]> memory;
    std::size_t capacity = 0;
    std::size_t size = 0;

    // Room for `more` bytes behind what is there.
    std::byte* grow(std::size_t more);
    Bytes bytes() const { return {memory.get(), size}; }
};

class Scheduler {
  public:
    using Clock = std::chrono::steady_clock;

    enum class Writers { wait_for_disk, go_to_memory };

    // `kept` threads stay though there is nothing to do, and there are never more than `most`. Without any kept there
    // are none at all: what is asked for is done at once by the caller, and timers never ring.
    Scheduler(std::size_t kept, std::size_t most, Writers writers);
    ~Scheduler();  // stop()

    bool has_threads() const { return kept_ > 0; }

    // Some thread will call writer.run(). Never fails: the writer is in a list through itself, once at most.
    void run_soon(Writer& writer);
    // writer.sync_due() will be called at `when`.
    void sync_at(Clock::time_point when, Writer& writer);
    // None of this is called any more, and no thread is still inside of it, when this returns. Not from inside of it.
    void forget(Writer& writer);
    // May throw std::bad_alloc, as sync_at() and call_at(): then nothing was taken.
    void in_background(std::function<void()> job);
    // The same, not before `when`, or when the scheduler stops. False: it stops already, and the job was not taken.
    bool call_at(Clock::time_point when, std::function<void()> job);

    GroupBuffer take_buffer();
    void give_back(GroupBuffer buffer);

    // Finishes all jobs that are queued, then ends the threads. Syncs that are not due are forgotten.
    void stop();

  private:
    struct Timer {
        Writer* writer = nullptr;  // or
        std::function<void()> job = {};
    };

    std::size_t waiting() const { return ready_ + jobs_.size(); }
    void find_thread();
    void find_thread_soon();
    void look_at_progress();
    bool is_too_many(Clock::time_point began) const;
    bool is_jobs_turn() const;
    void work();
    void ring();
    // With the mutex, which is free while the writer's function runs.
    void call(std::unique_lock<std::mutex>& lock, Writer& writer, void (Writer::*function)());

    const std::size_t kept_;
    const std::size_t most_;
    const Writers writers_;
    std::mutex mutex_;
    std::condition_variable work_wake_;
    std::condition_variable timer_wake_;
    std::condition_variable left_;  // a writer by the last thread that was inside
    // A list through Writer::next_ready.
    Writer* first_ready_ = nullptr;
    Writer* last_ready_ = nullptr;
    std::deque<std::function<void()>> jobs_;
    std::multimap<Clock::time_point, Timer> timers_;
    std::size_t running_ = 0;  // threads
    std::size_t idle_ = 0;     // of them, those that were woken and have not come yet among them
    std::size_t ready_ = 0;    // writers in the list
    std::uint64_t taken_ = 0;  // writers and jobs, so far
    std::uint64_t seen_taken_ = 0;
    std::optional<Clock::time_point> look_at_;  // whether any were taken since
    std::list<std::thread> threads_;
    std::list<std::thread> ended_;  // to be joined
    bool stopping_ = false;

    std::mutex buffers_mutex_;
    std::vector<GroupBuffer> buffers_;

    std::thread timer_thread_;
};

}  // namespace station::log
