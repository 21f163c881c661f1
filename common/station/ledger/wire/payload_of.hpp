// How a T becomes a payload, one MessagePack value, and comes back:
//
//   template <>
//   struct station::ledger::PayloadOf<Deposit> {
//       static std::vector<std::byte> encode(const Deposit& deposit);
//       static Result<Deposit> decode(Bytes payload);                    // where somebody reads it as a T
//   };
//
// json.hpp has it for JSON.
#pragma once

#include <cstddef>
#include <station/ledger/error.hpp>
#include <station/log/bytes.hpp>
#include <string>
#include <variant>
#include <vector>

namespace station::ledger {

template <typename T>
struct PayloadOf;

template <typename T>
concept Encodable = requires(const T& value) {
    { PayloadOf<T>::encode(value) } -> std::same_as<std::vector<std::byte>>;
};

// Nothing more to say than the kind: nil.
template <>
struct PayloadOf<std::monostate> {
    static std::vector<std::byte> encode(const std::monostate&) { return {std::byte{0xc0}}; }
};

}  // namespace station::ledger
