// Balances that lose updates (step 6), on purpose and without undefined behaviour.
//
// Every balance is an atomic, so no two threads ever race on memory. But an update is three steps (load, add, store),
// and between the load and the store another thread may have stored: its update is overwritten, lost. The map itself is
// guarded by a lock, held only to find the user: the mistake is in the update, nowhere else.
#pragma once

#include <atomic>
#include <mutex>
#include <station/state/change.hpp>
#include <station/wire/request.hpp>

namespace station::state {

class RacyBalances {
  public:
    // Any thread. Reads the balance, works, writes the new balance and returns it; nullopt where it would overflow.
    template <typename Work>
    std::optional<std::int64_t> apply(const wire::Event& event, Work&& work) {
        std::atomic<std::int64_t>& balance = find(event.user);
        const auto after = changed(balance.load(std::memory_order_relaxed), event.change());
        work();
        if (after) balance.store(*after, std::memory_order_relaxed);
        return after;
    }

    std::int64_t balance(std::string_view user) const {
        const std::lock_guard lock{mutex_};
        const auto found = balances_.find(user);
        return found == balances_.end() ? 0 : found->second.load(std::memory_order_relaxed);
    }

  private:
    // The map's nodes stay where they are, so the reference outlives the lock.
    std::atomic<std::int64_t>& find(const std::string& user) {
        const std::lock_guard lock{mutex_};
        return balances_[user];
    }

    mutable std::mutex mutex_;
    UserMap<std::atomic<std::int64_t>> balances_;
};

}  // namespace station::state
