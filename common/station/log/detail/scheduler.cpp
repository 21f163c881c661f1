#include <algorithm>
#include <cstring>
#include <station/log/detail/scheduler.hpp>
#include <station/log/detail/writer.hpp>

namespace station::log {
namespace {

constexpr std::size_t kBuffersKept = 8;

}  // namespace

std::byte* GroupBuffer::grow(std::size_t more) {
    if (size + more > capacity) {
        constexpr std::size_t kLeast = std::size_t{64} << 10;
        const std::size_t wanted = std::max({size + more, capacity * 2, kLeast});
        auto larger = std::make_unique_for_overwrite<std::byte[]>(wanted);
        if (size > 0) std::memcpy(larger.get(), memory.get(), size);
        memory = std::move(larger);
        capacity = wanted;
    }
    std::byte* const at = memory.get() + size;
    size += more;
    return at;
}

Scheduler::Scheduler(std::size_t writer_threads) : has_threads_(writer_threads > 0) {
    buffers_.reserve(kBuffersKept);
    if (!has_threads_) return;
    threads_.reserve(writer_threads + 1);
    try {
        for (std::size_t i = 0; i < writer_threads; ++i) threads_.emplace_back([this] { write_loop(); });
        threads_.emplace_back([this] { background_loop(); });
    } catch (...) {
        stop();  // those that run already wait for work
        throw;
    }
}

Scheduler::~Scheduler() { stop(); }

void Scheduler::run_soon(Writer& writer) {
    if (!has_threads_) return writer.run();
    {
        const std::lock_guard lock{mutex_};
        writer.next_ready = nullptr;
        (last_ready_ != nullptr ? last_ready_->next_ready : first_ready_) = &writer;
        last_ready_ = &writer;
    }
    writers_wake_.notify_one();
}

void Scheduler::sync_at(Clock::time_point when, Writer& writer) {
    if (!has_threads_) return;
    {
        const std::lock_guard lock{mutex_};
        timers_.emplace(when, &writer);
    }
    background_wake_.notify_one();
}

void Scheduler::in_background(std::function<void()> job) {
    if (!has_threads_) return job();
    {
        const std::lock_guard lock{mutex_};
        jobs_.push_back(std::move(job));
    }
    background_wake_.notify_one();
}

GroupBuffer Scheduler::take_buffer() {
    const std::lock_guard lock{buffers_mutex_};
    if (buffers_.empty()) return {};
    GroupBuffer buffer = std::move(buffers_.back());
    buffers_.pop_back();
    return buffer;
}

void Scheduler::give_back(GroupBuffer buffer) {
    constexpr std::size_t kLargest = std::size_t{4} << 20;
    if (buffer.capacity > kLargest) return;
    buffer.size = 0;
    const std::lock_guard lock{buffers_mutex_};
    if (buffers_.size() < kBuffersKept) buffers_.push_back(std::move(buffer));
}

void Scheduler::write_loop() {
    std::unique_lock lock{mutex_};
    for (;;) {
        writers_wake_.wait(lock, [this] { return stopping_ || first_ready_ != nullptr; });
        if (first_ready_ == nullptr) return;
        Writer* const writer = first_ready_;
        first_ready_ = writer->next_ready;
        if (first_ready_ == nullptr) last_ready_ = nullptr;
        lock.unlock();
        writer->run();
        lock.lock();
    }
}

void Scheduler::background_loop() {
    std::unique_lock lock{mutex_};
    for (;;) {
        if (!timers_.empty() && timers_.begin()->first <= Clock::now()) {
            Writer* const writer = timers_.begin()->second;
            timers_.erase(timers_.begin());
            lock.unlock();
            writer->sync_due();
            lock.lock();
        } else if (!jobs_.empty()) {
            const auto job = std::move(jobs_.front());
            jobs_.pop_front();
            lock.unlock();
            job();
            lock.lock();
        } else if (stopping_) {
            return;
        } else if (timers_.empty()) {
            background_wake_.wait(lock);
        } else {
            // A copy: the timer may be gone when the wait looks at its end again.
            const auto when = timers_.begin()->first;
            background_wake_.wait_until(lock, when);
        }
    }
}

void Scheduler::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
        timers_.clear();
    }
    writers_wake_.notify_all();
    background_wake_.notify_all();
    threads_.clear();
}

}  // namespace station::log
