// The one way past the gates, which is seen: what is committed with it is told who goes past them and why, to write it
// down.
#pragma once

#include <station/base/guarded.hpp>
#include <string>
#include <utility>

namespace station::ledger {

template <typename Ctx>
class Pipeline;

struct BypassReason {
    std::string name;           // of the rule that allows it: "migration"
    std::string justification;  // "balances of the old system, ticket 4711"
    friend bool operator==(const BypassReason&, const BypassReason&) = default;
};

// Only Pipeline::bypass() makes one. As a Receipt it can't be copied or changed and is spent once, but no gate saw it.
template <typename T>
class [[nodiscard]] STATION_ATTRIBUTE(consumable(unconsumed)) BypassReceipt {
  public:
    BypassReceipt(BypassReceipt&& other) noexcept
        : payload_(std::move(other.payload_)),
          reason_(std::move(other.reason_)),
          is_spent_(std::exchange(other.is_spent_, true)) {}
    BypassReceipt& operator=(BypassReceipt&& other) noexcept {
        payload_ = std::move(other.payload_);
        reason_ = std::move(other.reason_);
        is_spent_ = std::exchange(other.is_spent_, true);
        return *this;
    }
    BypassReceipt(const BypassReceipt&) = delete;
    BypassReceipt& operator=(const BypassReceipt&) = delete;
    ~BypassReceipt() = default;

    const T& payload() const STATION_ATTRIBUTE(callable_when("unconsumed", "unknown")) { return payload_; }
    const BypassReason& reason() const STATION_ATTRIBUTE(callable_when("unconsumed", "unknown")) { return reason_; }
    bool is_spent() const { return is_spent_; }

  private:
    template <typename Ctx>
    friend class Pipeline;

    BypassReceipt(T payload, BypassReason reason) STATION_ATTRIBUTE(return_typestate(unconsumed))
        : payload_(std::move(payload)), reason_(std::move(reason)) {}

    T payload_;
    BypassReason reason_;
    bool is_spent_ = false;
};

}  // namespace station::ledger
