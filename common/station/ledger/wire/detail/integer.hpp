// Integers in MessagePack's shortest form, at the front of a buffer of the caller's.
#pragma once

#include <cstddef>
#include <cstdint>

namespace station::ledger::detail {

inline constexpr std::size_t kMaxInteger = 9;  // bytes

// 1, 2, 4 or 8 bytes, as few as hold a number; and which of the four formats in a row that is.
struct Width {
    unsigned bytes;
    unsigned step;
};

inline Width width_of(std::uint64_t number) {
    if (number <= 0xFF) return {1, 0};
    if (number <= 0xFFFF) return {2, 1};
    if (number <= 0xFFFF'FFFF) return {4, 2};
    return {8, 3};
}

inline Width width_of_negative(std::int64_t value) {
    if (value >= INT8_MIN) return {1, 0};
    if (value >= INT16_MIN) return {2, 1};
    if (value >= INT32_MIN) return {4, 2};
    return {8, 3};
}

// A format byte, and a number of `width` bytes. All of these return where it ends.
inline std::byte* put_head(std::byte* to, unsigned format, std::uint64_t number, unsigned width) {
    *to++ = static_cast<std::byte>(format);
    for (unsigned left = width; left > 0; --left) *to++ = static_cast<std::byte>(number >> (8 * (left - 1)));
    return to;
}

inline std::byte* put_unsigned(std::byte* to, std::uint64_t value) {
    if (value < 0x80) return put_head(to, static_cast<unsigned>(value), 0, 0);
    const Width width = width_of(value);
    return put_head(to, 0xcc + width.step, value, width.bytes);
}

inline std::byte* put_integer(std::byte* to, std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    if (value >= 0) return put_unsigned(to, bits);
    if (value >= -32) return put_head(to, static_cast<unsigned>(bits & 0xFF), 0, 0);
    const Width width = width_of_negative(value);
    return put_head(to, 0xd0 + width.step, bits, width.bytes);
}

}  // namespace station::ledger::detail
