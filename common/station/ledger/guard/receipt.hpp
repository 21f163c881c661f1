// That all gates of a set let a payload pass. Only GateSet makes one; it holds the payload, which nobody can change
// between the gates and the commit; it can't be copied, and Pipeline::commit() spends it. What was moved from is spent
// as well.
//
// clang's -Wconsumed (https://clang.llvm.org/docs/AttributeReference.html#consumed-annotation-checking) finds at
// compile time where a Receipt that is a variable, or a parameter by value, is spent twice; of one behind an lvalue
// reference it knows nothing, and says so where it is spent. Where it can't follow, in a container or across functions,
// commit() returns Errc::receipt_spent. One thread at a time.
#pragma once

#include <cstdint>
#include <station/base/guarded.hpp>
#include <string>
#include <utility>
#include <vector>

namespace station::ledger {

template <typename Ctx>
class GateSet;
template <typename Ctx>
class Pipeline;

template <typename T>
class [[nodiscard]] STATION_ATTRIBUTE(consumable(unconsumed)) Receipt {
  public:
    Receipt(Receipt&& other) noexcept
        : payload_(std::move(other.payload_)),
          gates_passed_(std::move(other.gates_passed_)),
          gates_(std::exchange(other.gates_, 0)) {}
    Receipt& operator=(Receipt&& other) noexcept {
        payload_ = std::move(other.payload_);
        gates_passed_ = std::move(other.gates_passed_);
        gates_ = std::exchange(other.gates_, 0);
        return *this;
    }
    Receipt(const Receipt&) = delete;
    Receipt& operator=(const Receipt&) = delete;
    ~Receipt() = default;

    // Of one that is spent: what moving from a T leaves of it.
    const T& payload() const STATION_ATTRIBUTE(callable_when("unconsumed", "unknown")) { return payload_; }
    // Their names, in the order in which they were asked.
    const std::vector<std::string>& gates_passed() const { return gates_passed_; }
    bool is_spent() const { return gates_ == 0; }

  private:
    template <typename Ctx>
    friend class GateSet;
    template <typename Ctx>
    friend class Pipeline;

    Receipt(T payload, std::vector<std::string> gates_passed, std::uint64_t gates)
        STATION_ATTRIBUTE(return_typestate(unconsumed))
        : payload_(std::move(payload)), gates_passed_(std::move(gates_passed)), gates_(gates) {}

    T payload_;
    std::vector<std::string> gates_passed_;
    std::uint64_t gates_;  // which set of gates; 0: spent
};

}  // namespace station::ledger
