// Exercise 8: it calls itself sharded, and has one lock. Give every shard a lock of its own, and let readers share it.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <station/state/change.hpp>
#include <station/wire/request.hpp>

namespace station::state {

class ShardedBalances {
  public:
    // ---- your part: apply and read, each under the lock of one shard ----
    explicit ShardedBalances(std::size_t) {}

    // Any thread. Reads the balance, works, writes the new balance and returns it; nullopt where it would overflow.
    template <typename Work>
    std::optional<std::int64_t> apply(const wire::Event& event, Work&& work) {
        const std::unique_lock lock{mutex_};
        std::int64_t& balance = balances_[event.user];
        const auto after = changed(balance, event.change());
        work();
        if (after) balance = *after;
        return after;
    }

    // Calls look(balance) while holding the lock; returns what it returns.
    template <typename Look>
    auto read(std::string_view user, Look&& look) const {
        const std::unique_lock lock{mutex_};
        const auto found = balances_.find(user);
        return look(found == balances_.end() ? std::int64_t{0} : found->second);
    }
    // ---- end of your part ----

    std::int64_t balance(std::string_view user) const {
        return read(user, [](std::int64_t balance) { return balance; });
    }

  private:
    // ---- your part: the shards ----
    mutable std::shared_mutex mutex_;
    UserMap<std::int64_t> balances_;
    // ---- end of your part ----
};

}  // namespace station::state
