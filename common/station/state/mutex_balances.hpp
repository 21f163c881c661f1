// Balances behind one lock (step 7): never wrong, and never in parallel. The work is done under the lock, because the
// balance that was read must still be the balance when the new one is written.
#pragma once

#include <mutex>
#include <station/state/change.hpp>
#include <station/wire/request.hpp>

namespace station::state {

class MutexBalances {
  public:
    // Any thread. Reads the balance, works, writes the new balance and returns it; nullopt where it would overflow.
    template <typename Work>
    std::optional<std::int64_t> apply(const wire::Event& event, Work&& work) {
        const std::lock_guard lock{mutex_};
        std::int64_t& balance = balances_[event.user];
        const auto after = changed(balance, event.change());
        work();
        if (after) balance = *after;
        return after;
    }

    std::int64_t balance(std::string_view user) const {
        const std::lock_guard lock{mutex_};
        const auto found = balances_.find(user);
        return found == balances_.end() ? 0 : found->second;
    }

  private:
    mutable std::mutex mutex_;
    UserMap<std::int64_t> balances_;
};

}  // namespace station::state
