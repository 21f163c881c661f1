// Numbers in byte buffers, little-endian, in one load or store where the machine is so, too.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <utility>

namespace station::base {

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

template <std::integral T>
void store_little(std::byte* to, T value) {
    std::memcpy(to, &value, sizeof value);
    if constexpr (std::endian::native != std::endian::little) {
        for (std::size_t i = 0; i < sizeof value / 2; ++i) std::swap(to[i], to[sizeof value - 1 - i]);
    }
}

}  // namespace station::base
