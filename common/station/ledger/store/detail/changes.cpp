#include <algorithm>
#include <station/ledger/store/detail/changes.hpp>

namespace station::ledger::detail {

Deadline deadline_after(const std::optional<std::chrono::nanoseconds>& timeout) {
    if (!timeout) return std::nullopt;
    // Beyond what the clock can say is for ever.
    const auto now = std::chrono::steady_clock::now();
    if (*timeout >= std::chrono::steady_clock::time_point::max() - now) return std::nullopt;
    return now + *timeout;
}

Changes::Changes(std::shared_ptr<Core> core, Region region) : core_(std::move(core)), region_(std::move(region)) {
    core_->listen(*this);
}

Changes::~Changes() { core_->stop_listening(*this); }

void Changes::acknowledged(const Operation& operation) noexcept {
    const auto count = std::count_if(operation.events.begin(), operation.events.end(), [&](const auto& event) {
        return region_.holds(event.encoder.entity(), event.encoder.scope(), event.kind, event.receipt.sequence);
    });
    if (count == 0) return;
    const std::lock_guard lock{mutex_};
    news_ += static_cast<std::uint64_t>(count);
    changed_.notify_one();
}

void Changes::wake(bool Changes::*what) {
    const std::lock_guard lock{mutex_};
    this->*what = true;
    changed_.notify_one();
}

void Changes::closed() noexcept { wake(&Changes::closed_); }
void Changes::cancel() { wake(&Changes::cancelled_); }

// Records of a batch that is not whole yet are no news to a ledger, but they are to its log.
std::uint64_t Changes::mark() {
    if (core_->config().read_only) return core_->topic().next_offset();
    const std::lock_guard lock{mutex_};
    return news_;
}

std::error_code Changes::wait(std::uint64_t mark, const Deadline& deadline) {
    if (!core_->config().read_only) return sleep(mark, deadline);
    log::Topic topic = core_->topic();
    log::Cursor tail = topic.subscribe(log::StartFrom::offset(mark));
    const auto behind = tail.poll();
    // Damage, too, is news: who looks is told.
    if (behind && !behind->empty()) return {};
    if (!behind) return behind.error() == log::Errc::closed ? make_error_code(Errc::closed) : behind.error();
    {
        const std::lock_guard lock{mutex_};
        log_has_grown_ = false;
    }
    tail.wait([this] { wake(&Changes::log_has_grown_); });
    const auto error = sleep(mark, deadline);
    tail.stop_waiting();
    return error;
}

std::error_code Changes::sleep(std::uint64_t mark, const Deadline& deadline) {
    std::unique_lock lock{mutex_};
    const bool read_only = core_->config().read_only;
    const auto woken = [&] { return cancelled_ || closed_ || (read_only ? log_has_grown_ : news_ > mark); };
    if (!deadline) {
        changed_.wait(lock, woken);
    } else if (!changed_.wait_until(lock, *deadline, woken)) {
        return log::Errc::timed_out;
    }
    if (std::exchange(cancelled_, false)) return log::Errc::cancelled;
    if (read_only ? log_has_grown_ : news_ > mark) return {};
    return Errc::closed;
}

}  // namespace station::ledger::detail
