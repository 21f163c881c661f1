// From a proposal to what is committed: the gates, then one function that writes. What comes before (putting the
// context together) and behind is the product's.
//
//   const Pipeline<Transfer> pipeline{gates};
//   auto passed = pipeline.evaluate(context, Proposal{transfer});        // or a Denial
//   Receipt<Transfer> receipt = std::move(passed).value();
//   auto committed = pipeline.commit(std::move(receipt), [&](Transfer it) { return write(store, it); });
//
// Committing spends the receipt, whatever comes of it: who tries again asks the gates again, since what they looked at
// may have changed. A pipeline's gates don't change, so any thread may use it where the gates' functions may be called
// by any.
#pragma once

#include <concepts>
#include <functional>
#include <station/ledger/error.hpp>
#include <station/ledger/guard/gate.hpp>
#include <station/ledger/guard/proposal.hpp>
#include <station/ledger/guard/receipt.hpp>
#include <station/ledger/pipeline/bypass.hpp>
#include <station/ledger/pipeline/committed.hpp>
#include <string>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace station::ledger {

// What may go wrong in a commit is the product's; that a receipt is no good must be one of it.
template <typename E>
concept CommitError = std::constructible_from<E, Error> || std::constructible_from<E, std::error_code>;

template <typename Result, typename T>
concept CommitResult =
    std::same_as<typename Result::value_type, Committed<T>> && CommitError<typename Result::error_type>;

template <typename Ctx>
class Pipeline {
  public:
    explicit Pipeline(GateSet<Ctx> gates) : gates_(std::move(gates)) {}

    template <typename T>
    tl::expected<Receipt<T>, Denial> evaluate(const Ctx& context, Proposal<T> proposal) const {
        return gates_.evaluate(context, std::move(proposal));
    }
    std::vector<Denial> evaluate_all(const Ctx& context) const { return gates_.evaluate_all(context); }

    // write: T -> tl::expected<Committed<T>, E>, called at most once. Errc::receipt_spent, Errc::foreign_receipt: not
    // called.
    template <typename T, std::invocable<T> F>
        requires CommitResult<std::invoke_result_t<F, T>, T>
    std::invoke_result_t<F, T> commit(Receipt<T>&& receipt STATION_ATTRIBUTE(param_typestate(unconsumed)),
                                      F&& write) const {
        using Failure = typename std::invoke_result_t<F, T>::error_type;
        const std::uint64_t passed = std::exchange(receipt.gates_, 0);
        if (passed == 0) return tl::unexpected(no_good<Failure>(Errc::receipt_spent));
        if (passed != gates_.id_) return tl::unexpected(no_good<Failure>(Errc::foreign_receipt));
        return std::invoke(std::forward<F>(write), std::move(receipt.payload_));
    }

    // The same for a write that is answered later: begin: T -> void, called at most once.
    template <typename T, std::invocable<T> F>
    std::error_code hand_over(Receipt<T>&& receipt STATION_ATTRIBUTE(param_typestate(unconsumed)), F&& begin) const {
        const std::uint64_t passed = std::exchange(receipt.gates_, 0);
        if (passed == 0) return Errc::receipt_spent;
        if (passed != gates_.id_) return Errc::foreign_receipt;
        std::invoke(std::forward<F>(begin), std::move(receipt.payload_));
        return {};
    }

    // Past the gates.
    template <typename T>
    BypassReceipt<T> bypass(Proposal<T> proposal, std::string name, std::string justification) const {
        return {std::move(proposal).into_payload(), BypassReason{std::move(name), std::move(justification)}};
    }

    // write: (T, BypassReason) -> tl::expected<Committed<T>, E>: it can't but see the reason.
    template <typename T, std::invocable<T, BypassReason> F>
        requires CommitResult<std::invoke_result_t<F, T, BypassReason>, T>
    std::invoke_result_t<F, T, BypassReason> commit(
        BypassReceipt<T>&& receipt STATION_ATTRIBUTE(param_typestate(unconsumed)), F&& write) const {
        using Failure = typename std::invoke_result_t<F, T, BypassReason>::error_type;
        if (std::exchange(receipt.is_spent_, true)) return tl::unexpected(no_good<Failure>(Errc::receipt_spent));
        return std::invoke(std::forward<F>(write), std::move(receipt.payload_), std::move(receipt.reason_));
    }

    const GateSet<Ctx>& gates() const { return gates_; }

  private:
    template <typename Failure>
    static Failure no_good(Errc code) {
        if constexpr (std::constructible_from<Failure, Error>) {
            return Failure(Error{code, "receipt"});
        } else {
            return Failure(make_error_code(code));
        }
    }

    GateSet<Ctx> gates_;
};

}  // namespace station::ledger
