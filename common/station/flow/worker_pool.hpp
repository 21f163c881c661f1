// N operating-system threads that all run the same function, and a way to wait for them with a deadline, which
// std::jthread alone does not offer. The function must return by itself: close or abandon the channel it pops from.
//
// The destructor joins. One thread owns the pool and calls its functions.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace station::flow {

class WorkerPool {
  public:
    WorkerPool(std::size_t workers, std::function<void()> run);

    // True once every worker has returned; false where the deadline comes first.
    bool wait_until(std::chrono::steady_clock::time_point deadline);
    void join();

  private:
    std::mutex mutex_;
    std::condition_variable returned_;
    std::size_t running_;
    std::function<void()> run_;
    std::vector<std::jthread> threads_;  // last: joined before what they use goes
};

}  // namespace station::flow
