// Exercise 7: there is a lock around every look at the map, and updates are lost all the same. Find out why.
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
        // ---- your part: no update may be lost ----
        const auto after = changed(balance(event.user), event.change());
        work();
        if (after) set(event.user, *after);
        return after;
    }

    std::int64_t balance(std::string_view user) const {
        const std::lock_guard lock{mutex_};
        const auto found = balances_.find(user);
        return found == balances_.end() ? 0 : found->second;
    }

  private:
    void set(const std::string& user, std::int64_t balance) {
        const std::lock_guard lock{mutex_};
        balances_[user] = balance;
    }

    mutable std::mutex mutex_;
    UserMap<std::int64_t> balances_;
    // ---- end of your part ----
};

}  // namespace station::state
