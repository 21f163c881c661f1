// State machines that the compiler knows. A state is an empty type that names its machine; the machine lists what
// leads where. A lock, which is taken and given back, once:
//
//   struct Lock {
//       struct Free : State<Lock> {};
//       struct Acquired : State<Lock> {};
//       struct Released : State<Lock> {};
//       using Transitions = Allowed<Arrow<Free, Acquired>, Arrow<Acquired, Released>>;
//   };
//
// transition.hpp has what goes along the arrows. The idea: "typestate" (Strom and Yemini, 1986).
#pragma once

#include <concepts>
#include <type_traits>

namespace station::ledger {

template <typename Machine>
struct State {
    using MachineType = Machine;
};

template <typename From, typename To>
struct Arrow {};

template <typename... Arrows>
struct Allowed {
    template <typename From, typename To>
    static constexpr bool kHolds = (std::same_as<Arrow<From, To>, Arrows> || ...);
};

template <typename S>
concept StateOfMachine = std::is_empty_v<S> && std::derived_from<S, State<typename S::MachineType>>;

template <typename From, typename To>
concept MachineAllows =
    StateOfMachine<From> && StateOfMachine<To> && std::same_as<typename From::MachineType, typename To::MachineType> &&
    From::MachineType::Transitions::template kHolds<From, To>;

}  // namespace station::ledger
