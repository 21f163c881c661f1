#include "reader_pool.hpp"

#include <new>
#include <system_error>
#include <utility>

namespace station::final_station {

void ReaderPool::submit(Work& one, Mailbox& mailbox) noexcept {
    one.mailbox_ = &mailbox;
    one.behind_ = nullptr;
    std::unique_lock lock{mutex_};
    if (idle_ == 0 && threads_.size() < most_ && !stopped_) {
        try {
            threads_.reserve(most_);
            threads_.emplace_back([this] { run(); });
        } catch (const std::system_error&) {
            // Those that are there do it.
        } catch (const std::bad_alloc&) {
            // The same.
        }
    }
    if (threads_.empty() || stopped_) {
        lock.unlock();
        return carry_out(one);
    }
    (last_ == nullptr ? first_ : last_->behind_) = &one;
    last_ = &one;
    changed_.notify_one();
}

void ReaderPool::carry_out(Work& one) noexcept {
    one.wait_for_disk();
    one.mailbox_->push(one);
}

void ReaderPool::run() noexcept {
    std::unique_lock lock{mutex_};
    while (true) {
        ++idle_;
        changed_.wait(lock, [this] { return stopped_ || first_ != nullptr; });
        --idle_;
        if (first_ == nullptr) return;
        Work& one = *first_;
        first_ = one.behind_;
        if (first_ == nullptr) last_ = nullptr;
        lock.unlock();
        carry_out(one);
        lock.lock();
    }
}

void ReaderPool::stop() noexcept {
    {
        const std::lock_guard lock{mutex_};
        stopped_ = true;
        changed_.notify_all();
    }
    for (std::thread& thread : std::exchange(threads_, {})) thread.join();
}

}  // namespace station::final_station
