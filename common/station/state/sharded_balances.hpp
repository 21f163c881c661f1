// Balances in shards (step 8): as right as one lock, and as parallel as the users are different.
//
// A user's hash picks the shard, and each shard has a lock of its own: two events wait for each other only where their
// shards are the same. The lock is a shared one: any number of readers hold it at once, a writer holds it alone. Each
// shard begins on a cache line of its own, so that locking one does not slow its neighbours (false sharing).
// Java's ConcurrentHashMap and Rust's DashMap are the same idea.
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
    explicit ShardedBalances(std::size_t shards) : count_(shards), shards_(std::make_unique<Shard[]>(shards)) {}

    // Any thread. Reads the balance, works, writes the new balance and returns it; nullopt where it would overflow.
    template <typename Work>
    std::optional<std::int64_t> apply(const wire::Event& event, Work&& work) {
        Shard& shard = shard_of(event.user);
        const std::unique_lock lock{shard.mutex};
        std::int64_t& balance = shard.balances[event.user];
        const auto after = changed(balance, event.change());
        work();
        if (after) balance = *after;
        return after;
    }

    // Calls look(balance) while holding the shard's lock for reading; returns what it returns.
    template <typename Look>
    auto read(std::string_view user, Look&& look) const {
        const Shard& shard = shard_of(user);
        const std::shared_lock lock{shard.mutex};
        const auto found = shard.balances.find(user);
        return look(found == shard.balances.end() ? std::int64_t{0} : found->second);
    }

    std::int64_t balance(std::string_view user) const {
        return read(user, [](std::int64_t balance) { return balance; });
    }

  private:
    struct alignas(64) Shard {
        mutable std::shared_mutex mutex;
        UserMap<std::int64_t> balances;
    };

    Shard& shard_of(std::string_view user) const { return shards_[StringHash{}(user) % count_]; }

    std::size_t count_;
    std::unique_ptr<Shard[]> shards_;
};

}  // namespace station::state
