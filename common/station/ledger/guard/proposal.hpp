// What somebody would like to commit, and no gate has seen yet.
#pragma once

#include <functional>
#include <type_traits>
#include <utility>

namespace station::ledger {

template <typename T>
class Proposal {
  public:
    explicit Proposal(T payload) : payload_(std::move(payload)) {}

    const T& payload() const { return payload_; }
    T into_payload() && { return std::move(payload_); }

    // f: T -> U
    template <typename F>
    auto map(F&& f) && {
        using U = std::remove_cvref_t<std::invoke_result_t<F, T&&>>;
        return Proposal<U>{std::invoke(std::forward<F>(f), std::move(payload_))};
    }

  private:
    T payload_;
};

}  // namespace station::ledger
