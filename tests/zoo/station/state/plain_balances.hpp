// Balances for one thread, and on request some that wrap around, change where they refuse, or skip the work.
#pragma once

#include <station/state/change.hpp>
#include <station/wire/request.hpp>
#include <station/zoo.hpp>

namespace station::state {

class PlainBalances {
  public:
    template <typename Work>
    std::optional<std::int64_t> apply(const wire::Event& event, Work&& work) {
        std::int64_t& balance = balances_[event.user];
        const auto after = changed(balance, event.change());
        if (!zoo::has("work-left-out")) work();
        if (zoo::has("work-done-twice")) work();
        const auto wrapped =
            static_cast<std::int64_t>(static_cast<std::uint64_t>(balance) + static_cast<std::uint64_t>(event.change()));
        if (zoo::has("overflow-wraps")) return balance = wrapped;
        if (zoo::has("refused-and-written")) balance = wrapped;
        if (after) balance = *after;
        return after;
    }

  private:
    UserMap<std::int64_t> balances_;
};

}  // namespace station::state
