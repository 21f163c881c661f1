#include <algorithm>
#include <new>
#include <station/log/detail/recovery.hpp>
#include <station/log/detail/sealing.hpp>
#include <station/log/layout.hpp>

namespace station::log {
namespace {

constexpr std::chrono::seconds kTryAgain{2};

}  // namespace

Sealing::~Sealing() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return jobs_ == 0; });
}

void Sealing::expect_one() {
    const std::lock_guard lock{mutex_};
    full_.reserve(full_.size() + 1);
}

void Sealing::seal(std::shared_ptr<Segment> segment, std::uint64_t proven) noexcept {
    {
        const std::lock_guard lock{mutex_};
        full_.push_back({std::move(segment), proven});
    }
    work_soon();
}

// Where not even the job can be queued, the next rotation or the close does what is left.
void Sealing::work_soon() noexcept {
    {
        const std::lock_guard lock{mutex_};
        ++jobs_;
    }
    try {
        scheduler_.in_background([this] {
            work();
            end_job();
        });
    } catch (const std::bad_alloc&) {
        end_job();
    }
}

void Sealing::try_again_later() noexcept {
    {
        const std::lock_guard lock{mutex_};
        if (std::exchange(trying_again_, true)) return;
        ++jobs_;
    }
    const auto forget = [this] {
        const std::lock_guard lock{mutex_};
        trying_again_ = false;
    };
    const auto job = [this, forget] {
        forget();
        work();
        end_job();
    };
    bool taken = false;
    try {
        taken = scheduler_.call_at(Scheduler::Clock::now() + kTryAgain, job);
    } catch (const std::bad_alloc&) {
        taken = false;
    }
    if (taken) return;
    forget();
    end_job();
}

// The last thing a job does here.
void Sealing::end_job() noexcept {
    const std::lock_guard lock{mutex_};
    --jobs_;
    changed_.notify_all();
}

void Sealing::work() noexcept {
    std::unique_lock lock{mutex_};
    if (std::exchange(working_, true)) return;
    stuck_ = {};
    bool settled = false;
    while (!full_.empty() && !stuck_ && !voice_.failed()) {
        Full first = full_.front();  // a copy: one more may come in meanwhile
        lock.unlock();
        const auto error = finish(first);
        if (is_transient(error)) put_off(first, error);
        lock.lock();
        if (is_transient(error)) {
            full_.front().durable = first.durable;
            stuck_ = error;
        } else {
            full_.erase(full_.begin());
            told_ = false;
            first.segment->settle();
            settled = true;
        }
    }
    working_ = false;
    const bool again = static_cast<bool>(stuck_) && scheduler_.has_threads();
    changed_.notify_all();
    lock.unlock();
    if (settled && topic_.on_settled) topic_.on_settled();
    if (again) try_again_later();
}

// A transient error: what is left to do may work the next time.
std::error_code Sealing::finish(Full& full) noexcept try {
    if (!full.durable) {
        if (const auto error = finish_segment(files_, *full.segment, full.proven)) {
            if (!is_transient(error)) {
                voice_.fail(error, "segment " + std::to_string(full.segment->number()) + " could not be synced");
            }
            return error;
        }
        full.durable = true;
    }
    const auto error = index_segment(files_, *full.segment);
    if (error && !is_transient(error)) {
        voice_.say(Severity::warning, "no index for segment " + std::to_string(full.segment->number()) + ": " +
                                          error.message() + "; the next start makes it");
    }
    return error;
} catch (const std::bad_alloc&) {
    return std::make_error_code(std::errc::not_enough_memory);
}

// Told once, however often it is tried.
void Sealing::put_off(const Full& full, std::error_code error) noexcept {
    topic_.counters.put_off.fetch_add(1, std::memory_order_relaxed);
    if (std::exchange(told_, true)) return;
    try {
        voice_.say(Severity::warning, "segment " + std::to_string(full.segment->number()) +
                                          " can't be sealed now: " + error.message() + "; it is tried again");
    } catch (const std::bad_alloc&) {
        return;
    }
}

// With the mutex.
bool Sealing::all_durable() const {
    return std::all_of(full_.begin(), full_.end(), [](const Full& full) { return full.durable; });
}

std::error_code Sealing::wait_for_seals() {
    work();
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return !working_ && (full_.empty() || stuck_ || voice_.failed()); });
    if (const auto error = voice_.refusal()) return error;
    return all_durable() ? std::error_code{} : stuck_;
}

void Sealing::prepare(std::uint32_t number) noexcept {
    {
        const std::lock_guard lock{mutex_};
        to_prepare_ = number;
        ++jobs_;
    }
    try {
        scheduler_.in_background([this] {
            prepare_now();
            end_job();
        });
    } catch (const std::bad_alloc&) {
        end_job();
    }
}

void Sealing::prepare_now() noexcept {
    std::unique_lock lock{mutex_};
    const std::uint32_t number = std::exchange(to_prepare_, 0);
    if (number == 0) return;  // called off
    preparing_ = true;
    lock.unlock();
    const bool made = make(number);
    lock.lock();
    preparing_ = false;
    prepared_ = made ? number : 0;
    changed_.notify_all();
}

// Where it can't be made now, the writer tries again when it needs it.
bool Sealing::make(std::uint32_t number) noexcept try {
    if (voice_.failed()) return false;
    if (!files_.open(topic_.folder / segment_file_name(number), Open::create)) return false;
    return !voice_.sync_folder(files_);
} catch (const std::bad_alloc&) {
    return false;
}

bool Sealing::prepared(std::uint32_t number) {
    std::unique_lock lock{mutex_};
    // It may be waiting for the very thread that this is.
    to_prepare_ = 0;
    changed_.wait(lock, [this] { return !preparing_; });
    return std::exchange(prepared_, 0) == number;
}

}  // namespace station::log
