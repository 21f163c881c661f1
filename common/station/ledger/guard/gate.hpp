// Gates say what is allowed. A gate looks at a context, which the product puts together before (the account's balance,
// who asks), and denies or does not: no I/O, no change, the same answer for the same context. What all gates of a set
// let pass becomes a Receipt, and only that can be committed.
//
//   GateSet<Transfer> gates;
//   gates.add({"no_overdraft", [](const Transfer& it) -> std::optional<Denial> {
//       if (it.cents <= it.balance) return std::nullopt;
//       return Denial{"overdraft", "more than there is"}.with("balance", std::to_string(it.balance));
//   }});
//
// evaluate() may be called by several threads at a time where the gates' functions may.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <station/ledger/guard/denial.hpp>
#include <station/ledger/guard/proposal.hpp>
#include <station/ledger/guard/receipt.hpp>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace station::ledger {

template <typename Ctx>
class Gate {
  public:
    using Check = std::function<std::optional<Denial>(const Ctx&)>;

    Gate(std::string name, Check check, std::string description = {})
        : name_(std::move(name)), description_(std::move(description)), check_(std::move(check)) {}

    const std::string& name() const { return name_; }
    const std::string& description() const { return description_; }

    // The denial bears this gate's name.
    std::optional<Denial> evaluate(const Ctx& context) const {
        std::optional<Denial> denial = check_(context);
        if (denial) denial->gate = name_;
        return denial;
    }

  private:
    std::string name_;
    std::string description_;
    Check check_;
};

namespace detail {
// Never 0, and never the same again in this process.
std::uint64_t next_gate_set();
}  // namespace detail

// Gates in the order in which they are asked. A copy has the same gates, so that a receipt of one is as good as the
// other's; with a gate more it is another set.
template <typename Ctx>
class GateSet {
  public:
    GateSet() = default;
    // Moved from would mean: the same set, without its gates. So it is copied.
    GateSet(const GateSet&) = default;
    GateSet& operator=(const GateSet&) = default;
    ~GateSet() = default;

    GateSet& add(Gate<Ctx> gate) {
        gates_.push_back(std::move(gate));
        id_ = detail::next_gate_set();
        return *this;
    }

    // The first denial; the gates behind it are not asked. A set without gates lets everything pass.
    template <typename T>
    tl::expected<Receipt<T>, Denial> evaluate(const Ctx& context, Proposal<T> proposal) const {
        for (const Gate<Ctx>& gate : gates_) {
            if (std::optional<Denial> denial = gate.evaluate(context)) return tl::unexpected(std::move(*denial));
        }
        return Receipt<T>{std::move(proposal).into_payload(), names(), id_};
    }

    // All denials, to show them: nothing can be committed with them.
    std::vector<Denial> evaluate_all(const Ctx& context) const {
        std::vector<Denial> denials;
        for (const Gate<Ctx>& gate : gates_) {
            if (std::optional<Denial> denial = gate.evaluate(context)) denials.push_back(std::move(*denial));
        }
        return denials;
    }

    std::size_t size() const { return gates_.size(); }
    bool empty() const { return gates_.empty(); }
    std::vector<std::string> names() const {
        std::vector<std::string> names;
        names.reserve(gates_.size());
        for (const Gate<Ctx>& gate : gates_) names.push_back(gate.name());
        return names;
    }

  private:
    template <typename>
    friend class Pipeline;

    std::vector<Gate<Ctx>> gates_;
    std::uint64_t id_ = detail::next_gate_set();
};

}  // namespace station::ledger
