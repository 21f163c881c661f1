// Balances for one thread (steps 4 and 5): a map, and nothing else.
#pragma once

#include <station/state/change.hpp>
#include <station/wire/request.hpp>

namespace station::state {

class PlainBalances {
  public:
    // Reads the balance, works, writes the new balance and returns it; nullopt where it would overflow.
    template <typename Work>
    std::optional<std::int64_t> apply(const wire::Event& event, Work&& work) {
        std::int64_t& balance = balances_[event.user];
        const auto after = changed(balance, event.change());
        work();
        if (after) balance = *after;
        return after;
    }

  private:
    UserMap<std::int64_t> balances_;
};

}  // namespace station::state
