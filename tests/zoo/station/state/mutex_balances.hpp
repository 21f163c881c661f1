// One lock around the map, and on request one that is let go between reading and writing.
#pragma once

#include <mutex>
#include <station/state/change.hpp>
#include <station/wire/request.hpp>
#include <station/zoo.hpp>

namespace station::state {

class MutexBalances {
  public:
    template <typename Work>
    std::optional<std::int64_t> apply(const wire::Event& event, Work&& work) {
        std::unique_lock lock{mutex_};
        std::int64_t& balance = balances_[event.user];
        const auto after = changed(balance, event.change());
        const bool lets_go = zoo::has("lock-let-go-between");
        if (lets_go) lock.unlock();
        work();
        if (lets_go) lock.lock();
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
