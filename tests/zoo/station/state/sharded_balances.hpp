// Balances in shards, and on request in shards that share one lock, in few of them, or with readers that lock them all.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <station/state/change.hpp>
#include <station/wire/request.hpp>
#include <station/zoo.hpp>

namespace station::state {

class ShardedBalances {
  public:
    explicit ShardedBalances(std::size_t shards) : count_(shards), shards_(std::make_unique<Shard[]>(shards)) {}

    template <typename Work>
    std::optional<std::int64_t> apply(const wire::Event& event, Work&& work) {
        Shard& shard = shard_of(event.user);
        std::unique_lock lock{lock_of(shard)};
        std::int64_t& balance = shard.balances[event.user];
        const auto after = changed(balance, event.change());
        const bool lets_go = zoo::has("read-outside-the-lock");
        if (lets_go) lock.unlock();
        work();
        if (lets_go) lock.lock();
        if (after) balance = *after;
        return after;
    }

    std::int64_t balance(std::string_view user) const {
        if (zoo::has("readers-wait-for-all")) {
            for (std::size_t i = 0; i < count_; ++i) const std::shared_lock wait{shards_[i].mutex};
        }
        const Shard& shard = shard_of(user);
        const std::shared_lock lock{lock_of(shard)};
        const auto found = shard.balances.find(user);
        return found == shard.balances.end() ? 0 : found->second;
    }

  private:
    struct alignas(64) Shard {
        mutable std::shared_mutex mutex;
        UserMap<std::int64_t> balances;
    };

    Shard& shard_of(std::string_view user) const {
        const std::size_t hash = zoo::has("hash-of-the-length") ? user.size() : StringHash{}(user);
        return shards_[hash % count_];
    }

    std::shared_mutex& lock_of(const Shard& shard) const {
        return zoo::has("one-lock-behind-shards") ? shards_[0].mutex : shard.mutex;
    }

    std::size_t count_;
    std::unique_ptr<Shard[]> shards_;
};

}  // namespace station::state
