// Numbers in byte buffers, little-endian but for ids, and strings seen as bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <station/base/little_endian.hpp>
#include <string_view>

namespace station::log {

using Bytes = std::span<const std::byte>;

using base::load_little;
using base::store_little;

inline std::uint64_t load_big(const std::byte* from) {
    const auto value = load_little<std::uint64_t>(from);
    return __builtin_bswap64(value);
}

inline Bytes as_bytes(std::string_view text) { return {reinterpret_cast<const std::byte*>(text.data()), text.size()}; }

inline std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace station::log
