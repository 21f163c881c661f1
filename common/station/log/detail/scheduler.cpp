#include <algorithm>
#include <cstring>
#include <station/base/assertion.hpp>
#include <station/log/detail/scheduler.hpp>
#include <station/log/detail/writer.hpp>

namespace station::log {
namespace {

constexpr std::size_t kBuffersKept = 8;
constexpr std::chrono::seconds kIdle{5};
constexpr std::chrono::milliseconds kPatience{1};  // with threads that get nothing done
constexpr std::uint64_t kJobsShare = 16;           // one in so many is a job's, where writers are always ready

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

Scheduler::Scheduler(std::size_t kept, std::size_t most, Writers writers)
    : kept_(std::min(kept, most)), most_(most), writers_(writers) {
    buffers_.reserve(kBuffersKept);
    if (!has_threads()) return;
    try {
        timer_thread_ = std::thread{[this] { ring(); }};
        const std::lock_guard lock{mutex_};
        for (std::size_t i = 0; i < kept_; ++i) {
            threads_.emplace_back([this] { work(); });
            ++running_;
        }
    } catch (...) {
        stop();  // those that run already wait for work
        throw;
    }
}

Scheduler::~Scheduler() { stop(); }

// With the mutex, once for each thing to do: an idle thread takes it, or a new one. Where none can be made, those there
// are come to it later.
void Scheduler::find_thread() {
    for (std::thread& ended : ended_) ended.join();
    ended_.clear();
    if (idle_ >= waiting()) {
        work_wake_.notify_one();
        return;
    }
    if (running_ >= most_ || stopping_) return;
    try {
        threads_.emplace_back([this] { work(); });
        ++running_;
    } catch (const std::system_error&) {
        STATION_ASSERT(running_ > 0);
    } catch (const std::bad_alloc&) {
        STATION_ASSERT(running_ > 0);
    }
}

// The same, for what may also wait for one of those that are awake.
void Scheduler::find_thread_soon() {
    if (writers_ == Writers::wait_for_disk || waiting() + running_ - idle_ <= kept_) return find_thread();
    if (look_at_) return;
    look_at_ = Clock::now() + kPatience;
    seen_taken_ = taken_;
    timer_wake_.notify_one();
}

// With the mutex, by the timers' thread.
void Scheduler::look_at_progress() {
    look_at_.reset();
    if (waiting() == 0) return;
    if (taken_ == seen_taken_) idle_ > 0 ? work_wake_.notify_one() : find_thread();
    look_at_ = Clock::now() + kPatience;
    seen_taken_ = taken_;
}

bool Scheduler::is_jobs_turn() const { return !jobs_.empty() && (first_ready_ == nullptr || taken_ % kJobsShare == 0); }

// Others are there for what there is to do, or will be missed.
bool Scheduler::is_too_many(Clock::time_point began) const {
    return writers_ == Writers::go_to_memory && running_ - idle_ > kept_ && Clock::now() - began > kIdle;
}

void Scheduler::run_soon(Writer& writer) {
    if (!has_threads()) return writer.run();
    const std::lock_guard lock{mutex_};
    STATION_ASSERT(writer.next_ready == nullptr && last_ready_ != &writer);
    (last_ready_ != nullptr ? last_ready_->next_ready : first_ready_) = &writer;
    last_ready_ = &writer;
    ++ready_;
    find_thread_soon();
}

void Scheduler::sync_at(Clock::time_point when, Writer& writer) {
    if (!has_threads()) return;
    const std::lock_guard lock{mutex_};
    timers_.emplace(when, Timer{&writer, {}});
    timer_wake_.notify_one();
}

void Scheduler::forget(Writer& writer) {
    std::unique_lock lock{mutex_};
    std::erase_if(timers_, [&](const auto& timer) { return timer.second.writer == &writer; });
    left_.wait(lock, [&] { return writer.threads_inside == 0; });
}

void Scheduler::call(std::unique_lock<std::mutex>& lock, Writer& writer, void (Writer::*function)()) {
    ++writer.threads_inside;
    lock.unlock();
    (writer.*function)();
    lock.lock();
    if (--writer.threads_inside == 0) left_.notify_all();
}

void Scheduler::in_background(std::function<void()> job) {
    if (!has_threads()) return job();
    const std::lock_guard lock{mutex_};
    jobs_.push_back(std::move(job));
    find_thread_soon();
}

bool Scheduler::call_at(Clock::time_point when, std::function<void()> job) {
    STATION_ASSERT(has_threads());
    const std::lock_guard lock{mutex_};
    if (stopping_) return false;
    timers_.emplace(when, Timer{nullptr, std::move(job)});
    timer_wake_.notify_one();
    return true;
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

void Scheduler::work() {
    const auto began = Clock::now();
    std::unique_lock lock{mutex_};
    for (;;) {
        if (is_too_many(began)) {
            break;
        } else if (is_jobs_turn()) {
            ++taken_;
            const auto job = std::move(jobs_.front());
            jobs_.pop_front();
            lock.unlock();
            job();
            lock.lock();
        } else if (first_ready_ != nullptr) {
            ++taken_;
            Writer* const writer = first_ready_;
            first_ready_ = std::exchange(writer->next_ready, nullptr);
            if (first_ready_ == nullptr) last_ready_ = nullptr;
            --ready_;
            call(lock, *writer, &Writer::run);
        } else if (stopping_) {
            break;
        } else {
            ++idle_;
            const bool woken = work_wake_.wait_for(lock, kIdle, [this] { return stopping_ || waiting() > 0; });
            --idle_;
            if (!woken && running_ > kept_) break;
        }
    }
    --running_;
    const auto self = std::find_if(threads_.begin(), threads_.end(),
                                   [](const std::thread& t) { return t.get_id() == std::this_thread::get_id(); });
    ended_.splice(ended_.end(), threads_, self);
    work_wake_.notify_all();  // stop() waits for the last one
}

void Scheduler::ring() {
    std::unique_lock lock{mutex_};
    while (!stopping_) {
        // A copy: the timer may be gone when the wait looks at its end again.
        auto next = look_at_;
        if (!timers_.empty() && (!next || timers_.begin()->first <= *next)) next = timers_.begin()->first;
        if (!next) {
            timer_wake_.wait(lock);
            continue;
        }
        if (*next > Clock::now()) {
            timer_wake_.wait_until(lock, *next);
            continue;
        }
        if (look_at_ && *look_at_ <= *next) {
            look_at_progress();
            continue;
        }
        auto due = timers_.extract(timers_.begin());
        if (due.mapped().writer != nullptr) {
            call(lock, *due.mapped().writer, &Writer::sync_due);
            continue;
        }
        try {
            jobs_.push_back(std::move(due.mapped().job));
            find_thread_soon();
        } catch (const std::bad_alloc&) {
            due.key() = Clock::now() + kIdle;
            timers_.insert(std::move(due));
        }
    }
}

void Scheduler::stop() {
    {
        const std::lock_guard lock{mutex_};
        if (!std::exchange(stopping_, true)) {
            for (auto& [when, timer] : timers_) {
                if (timer.job) jobs_.push_back(std::move(timer.job));
            }
            timers_.clear();
        }
    }
    work_wake_.notify_all();
    timer_wake_.notify_all();
    if (timer_thread_.joinable()) timer_thread_.join();
    std::unique_lock lock{mutex_};
    work_wake_.wait(lock, [this] { return running_ == 0; });
    for (std::thread& ended : ended_) ended.join();
    ended_.clear();
}

}  // namespace station::log
