// The threads of a bus: a few that write for all its topics, and one for what nobody waits for (sealing segments,
// preparing the next one, the clock of the `batch` mode).
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
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

    // Without writer threads there is none at all: what is asked for is done at once by the caller, timers never ring.
    explicit Scheduler(std::size_t writer_threads);
    ~Scheduler();  // stop()

    // Some writer thread will call writer.run().
    void run_soon(Writer& writer);
    // The background thread will call writer.sync_due() at `when`.
    void sync_at(Clock::time_point when, Writer& writer);
    void in_background(std::function<void()> job);

    GroupBuffer take_buffer();
    void give_back(GroupBuffer buffer);

    // Finishes all jobs that are queued, then ends the threads. Timers that are not due are forgotten.
    void stop();

  private:
    const bool has_threads_;

    void write_loop();
    void background_loop();

    std::mutex mutex_;
    std::condition_variable writers_wake_;
    std::condition_variable background_wake_;
    // A list through Writer::next_ready: each is in it once at most, and handing one over must not fail.
    Writer* first_ready_ = nullptr;
    Writer* last_ready_ = nullptr;
    std::deque<std::function<void()>> jobs_;
    std::multimap<Clock::time_point, Writer*> timers_;
    bool stopping_ = false;

    std::mutex buffers_mutex_;
    std::vector<GroupBuffer> buffers_;

    std::vector<std::jthread> threads_;  // last: joined before what they use goes
};

}  // namespace station::log
