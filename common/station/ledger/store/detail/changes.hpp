// Waits for a ledger to grow: what cursors and watched projections sleep on. A store that appends tells it; beside
// another process's store the log does.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <station/ledger/store/detail/core.hpp>

namespace station::ledger::detail {

using Deadline = std::optional<std::chrono::steady_clock::time_point>;
Deadline deadline_after(const std::optional<std::chrono::nanoseconds>& timeout);

// One thread waits; cancel() may come from any.
class Changes final : Listener {
  public:
    // Woken for events in the region only; where the log wakes it, for all.
    Changes(std::shared_ptr<Core> core, Region region);
    ~Changes() override;
    Changes(const Changes&) = delete;
    Changes& operator=(const Changes&) = delete;

    // To be taken before looking for news: what comes after it ends wait(mark).
    std::uint64_t mark();
    // No error: there may be news. log::Errc::timed_out; log::Errc::cancelled, once for a cancel(); Errc::closed: all
    // that there is can be read, and no more will come.
    std::error_code wait(std::uint64_t mark, const Deadline& deadline);
    // Ends the wait under way, or else the next one.
    void cancel();

    Core& core() const { return *core_; }
    const Region& region() const { return region_; }

  private:
    void acknowledged(const Operation& operation) noexcept override;
    void closed() noexcept override;
    void wake(bool Changes::*what);
    std::error_code sleep(std::uint64_t mark, const Deadline& deadline);

    const std::shared_ptr<Core> core_;
    const Region region_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t news_ = 0;  // events
    bool log_has_grown_ = false;
    bool cancelled_ = false;
    bool closed_ = false;
};

}  // namespace station::ledger::detail
