// What all kinds of balances share: how an event changes one, and when that is refused.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace station::state {

// balance + change, or nullopt where that leaves the range of a signed 64-bit integer.
inline std::optional<std::int64_t> changed(std::int64_t balance, std::int64_t change) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(balance, change, &sum)) return std::nullopt;
    return sum;
}

// Lets a map of strings be searched by string_view, without making a string first.
struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

template <typename Value>
using UserMap = std::unordered_map<std::string, Value, StringHash, std::equal_to<>>;

}  // namespace station::state
