// Syncs of one file or folder, one at a time, and none after one that has failed: what the first one has lost the
// second would not tell (Rebello et al., "Can Applications Recover from fsync Failures?", 2020). Whoever comes later
// meets the same error. Any thread.
#pragma once

#include <station/base/guarded.hpp>
#include <station/log/error.hpp>
#include <system_error>

namespace station::log {

class SyncGate {
  public:
    template <typename Sync>
    std::error_code pass(const Sync& sync) {
        const base::Lock lock{mutex_};
        if (failed_) return failed_;
        const std::error_code error = sync();
        if (error && !is_transient(error)) failed_ = error;
        return error;
    }

  private:
    base::Mutex mutex_;  // over the disk
    std::error_code failed_ STATION_GUARDED_BY(mutex_);
};

}  // namespace station::log
