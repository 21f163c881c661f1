// A step of a state machine on its way into the ledger: there is no Transition that its machine does not allow, and
// from a value in one state only those come that begin there. The lock of machine.hpp:
//
//   Stateful<Lock::Acquired> lock;
//   const auto release = lock.to<Lock::Released>(kLockReleased, std::string{"done"});  // to<Lock::Free>: no
//   if (store.apply(coordinate, release)) Stateful<Lock::Released> released = std::move(lock).after(release);
//
// Whether the entity is in that state the compiler does not know: expected_sequence says that nothing came in between.
#pragma once

#include <concepts>
#include <station/ledger/coordinate/kind.hpp>
#include <station/ledger/typestate/machine.hpp>
#include <utility>
#include <variant>

namespace station::ledger {

template <typename From, typename To, typename P = std::monostate>
    requires MachineAllows<From, To>
class [[nodiscard]] Transition {
  public:
    explicit Transition(EventKind kind, P payload = {}) : kind_(kind), payload_(std::move(payload)) {}

    EventKind kind() const { return kind_; }
    const P& payload() const { return payload_; }
    P into_payload() && { return std::move(payload_); }

  private:
    EventKind kind_;
    P payload_;
};

// What is known to be in a state, with what is known of it beside.
template <StateOfMachine S, typename Data = std::monostate>
class Stateful {
  public:
    explicit Stateful(Data data = {}) : data_(std::move(data)) {}

    const Data& data() const { return data_; }
    Data into_data() && { return std::move(data_); }

    // The step itself; the state is the old one until the ledger has it.
    template <StateOfMachine To, typename P = std::monostate>
        requires MachineAllows<S, To>
    Transition<S, To, P> to(EventKind kind, P payload = {}) const {
        return Transition<S, To, P>{kind, std::move(payload)};
    }

    template <typename To, typename P>
    Stateful<To, Data> after(const Transition<S, To, P>&) && {
        return Stateful<To, Data>{std::move(data_)};
    }

  private:
    Data data_;
};

}  // namespace station::ledger
