// Who wants to hear when a topic's log grows. Costs the writer one load while nobody waits. Any thread.
//
// To sleep without missing anything: add a Waiter, look once more, then sleep. wake() is called at most once for each
// add(), under the list's lock: it must be short, and must not come back here.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>

namespace station::log {

class Waiter {
  public:
    virtual void wake() noexcept = 0;

  protected:
    Waiter() = default;
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() = default;  // must have been woken or removed

  private:
    friend class Waiters;
    Waiter* previous_ = nullptr;
    Waiter* next_ = nullptr;
    bool waiting_ = false;
};

class Waiters {
  public:
    void add(Waiter& waiter);
    // False where it has been woken, or never was added.
    bool remove(Waiter& waiter);
    // Wakes one that waits; nothing where it does not wait any more.
    void wake(Waiter& waiter);
    // What was written before this call is seen by whom it wakes, and by whom it finds about to wait.
    void wake_all();

  private:
    void unlink(Waiter& waiter);

    std::mutex mutex_;
    std::atomic<std::size_t> waiting_{0};
    Waiter* first_ = nullptr;
};

}  // namespace station::log
