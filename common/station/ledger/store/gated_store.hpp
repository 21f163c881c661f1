// A store behind gates: nothing gets in but what they let pass, and what goes past them is seen by all, for ever.
// Reading is as in the store itself.
//
//   GatedStore<Transfer> bank{std::move(store), gates};
//   auto receipt = bank.evaluate(context, Proposal{transfer});                  // or a Denial, which is never stored
//   bank.commit(std::move(*receipt), account, kWithdrawn, {.expect = …});
//
// Any thread may call anything, where it may call the gates' functions.
#pragma once

#include <array>
#include <station/ledger/pipeline/pipeline.hpp>
#include <station/ledger/store/store.hpp>
#include <string>
#include <utility>
#include <vector>

namespace station::ledger {

// The event that stands before one that went past the gates, in one batch with it:
// {"name":…,"justification":…}.
std::vector<std::byte> bypass_payload(const BypassReason& reason);

template <typename Ctx>
class GatedStore {
  public:
    GatedStore(Store store, GateSet<Ctx> gates) : store_(std::move(store)), pipeline_(std::move(gates)) {}

    // Has no append that could be called.
    const Store& read() const { return store_; }
    const Pipeline<Ctx>& pipeline() const { return pipeline_; }

    template <typename T>
    tl::expected<Receipt<T>, Denial> evaluate(const Ctx& context, Proposal<T> proposal) const {
        return pipeline_.evaluate(context, std::move(proposal));
    }

    // Spends the receipt, whatever comes of it. Errc::receipt_spent, Errc::foreign_receipt, or what an append says.
    template <Encodable T>
    Result<Committed<T>> commit(Receipt<T>&& receipt, const Coordinate& coordinate, EventKind kind,
                                const AppendOptions& options = {}) {
        return pipeline_.commit(std::move(receipt), [&](T payload) -> Result<Committed<T>> {
            const auto appended = store_.append(coordinate, kind, payload, options);
            if (!appended) return tl::unexpected(appended.error());
            return Committed<T>{std::move(payload), appended->event_id, appended->sequence, appended->event_hash};
        });
    }

    // Past the gates: a batch of two at one coordinate. A BYPASS event, which says why, is the first, and the expected
    // sequence is that one's; the idempotency key is the second one's.
    template <Encodable T>
    Result<Committed<T>> bypass(std::string name, std::string justification, const Coordinate& coordinate,
                                EventKind kind, T value, const AppendOptions& options = {}) {
        auto receipt = pipeline_.bypass(Proposal{std::move(value)}, std::move(name), std::move(justification));
        return pipeline_.commit(std::move(receipt), [&](T payload, const BypassReason& reason) -> Result<Committed<T>> {
            const auto appended =
                store_.append_bypassing(reason, coordinate, kind, PayloadOf<T>::encode(payload), options);
            if (!appended) return tl::unexpected(appended.error());
            return Committed<T>{std::move(payload), appended->event_id, appended->sequence, appended->event_hash};
        });
    }

    // What becomes of the store when it is to be used without gates again: who has it answers for that.
    Store into_store() && { return std::move(store_); }

  private:
    Store store_;
    Pipeline<Ctx> pipeline_;
};

}  // namespace station::ledger
