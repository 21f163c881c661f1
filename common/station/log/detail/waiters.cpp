#include <station/log/detail/waiters.hpp>

namespace station::log {

void Waiters::add(Waiter& waiter) {
    const std::lock_guard lock{mutex_};
    waiter.previous_ = nullptr;
    waiter.next_ = first_;
    if (first_ != nullptr) first_->previous_ = &waiter;
    first_ = &waiter;
    waiter.waiting_ = true;
    // Sequentially consistent with the exchange in wake_all(): either the writer sees this waiter, or the waiter's
    // second look sees what was written.
    waiting_.fetch_add(1);
}

void Waiters::unlink(Waiter& waiter) {
    (waiter.previous_ != nullptr ? waiter.previous_->next_ : first_) = waiter.next_;
    if (waiter.next_ != nullptr) waiter.next_->previous_ = waiter.previous_;
    waiter.waiting_ = false;
    waiting_.fetch_sub(1);
}

bool Waiters::remove(Waiter& waiter) {
    const std::lock_guard lock{mutex_};
    if (!waiter.waiting_) return false;
    unlink(waiter);
    return true;
}

void Waiters::wake(Waiter& waiter) {
    const std::lock_guard lock{mutex_};
    if (!waiter.waiting_) return;
    unlink(waiter);
    waiter.wake();
}

void Waiters::wake_all() {
    // A read-modify-write, so that the stores before it are not passed by the look at the counter.
    if (waiting_.fetch_add(0) == 0) return;
    const std::lock_guard lock{mutex_};
    while (first_ != nullptr) {
        Waiter& waiter = *first_;
        unlink(waiter);
        waiter.wake();
    }
}

}  // namespace station::log
