// Numbers in byte buffers, little-endian but for ids, and strings seen as bytes.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace station::log {

using Bytes = std::span<const std::byte>;

template <std::integral T>
T load_little(const std::byte* from) {
    T value;
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(&value, from, sizeof value);
    } else {
        std::byte reversed[sizeof value];
        for (std::size_t i = 0; i < sizeof value; ++i) reversed[i] = from[sizeof value - 1 - i];
        std::memcpy(&value, reversed, sizeof value);
    }
    return value;
}

inline std::uint64_t load_big(const std::byte* from) {
    const auto value = load_little<std::uint64_t>(from);
    return __builtin_bswap64(value);
}

template <std::integral T>
void store_little(std::byte* to, T value) {
    std::memcpy(to, &value, sizeof value);
    if constexpr (std::endian::native != std::endian::little) {
        for (std::size_t i = 0; i < sizeof value / 2; ++i) std::swap(to[i], to[sizeof value - 1 - i]);
    }
}

inline Bytes as_bytes(std::string_view text) { return {reinterpret_cast<const std::byte*>(text.data()), text.size()}; }

inline std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace station::log
