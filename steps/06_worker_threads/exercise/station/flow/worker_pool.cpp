// Exercise 6: a pool of one thread, however many it is asked for.
#include <station/flow/worker_pool.hpp>

namespace station::flow {

WorkerPool::WorkerPool(std::size_t workers, std::function<void()> run) : running_(workers), run_(std::move(run)) {
    // ---- your part: start `workers` threads; each runs run_, and says when it has returned ----
    threads_.emplace_back([this] {
        run_();
        const std::lock_guard lock{mutex_};
        running_ = 0;
        returned_.notify_all();
    });
    // ---- end of your part ----
}

bool WorkerPool::wait_until(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock{mutex_};
    return returned_.wait_until(lock, deadline, [this] { return running_ == 0; });
}

void WorkerPool::join() { threads_.clear(); }

}  // namespace station::flow
