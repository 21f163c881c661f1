// Integers in MessagePack's shortest form: written to a buffer of the caller's, and read from one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <station/log/bytes.hpp>

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

// Big-endian; a width is 1, 2, 4 or 8.
inline std::uint64_t load_number(const std::byte* from, unsigned width) {
    switch (width) {
        case 1: return std::to_integer<std::uint64_t>(*from);
        case 2: return __builtin_bswap16(log::load_little<std::uint16_t>(from));
        case 4: return __builtin_bswap32(log::load_little<std::uint32_t>(from));
        default: return log::load_big(from);
    }
}

inline std::uint64_t sign_extended(std::uint64_t number, unsigned width) {
    const unsigned shift = 64 - 8 * width;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(number << shift) >> shift);
}

// Both return where it ends; nullptr where none begins there, it is cut short, or not in its shortest form.
inline const std::byte* take_unsigned(const std::byte* at, const std::byte* end, std::uint64_t& value) {
    if (at == end) return nullptr;
    const auto format = std::to_integer<unsigned>(*at++);
    value = format;
    if (format < 0x80) return at;
    const unsigned step = format - 0xcc;  // wraps for what is less
    if (step > 3) return nullptr;
    const unsigned width = 1U << step;
    if (static_cast<std::size_t>(end - at) < width) return nullptr;
    value = load_number(at, width);
    return value < 0x80 || width_of(value).bytes != width ? nullptr : at + width;
}

inline const std::byte* take_integer(const std::byte* at, const std::byte* end, std::int64_t& value) {
    if (at == end) return nullptr;
    const auto format = std::to_integer<unsigned>(*at);
    std::uint64_t bits = 0;
    if (format >= 0xe0) {
        value = static_cast<std::int64_t>(sign_extended(format, 1));
        return at + 1;
    }
    const unsigned step = format - 0xd0;
    if (step > 3) {
        at = take_unsigned(at, end, bits);
        value = static_cast<std::int64_t>(bits);
        return value < 0 ? nullptr : at;
    }
    const unsigned width = 1U << step;
    if (static_cast<std::size_t>(end - ++at) < width) return nullptr;
    value = static_cast<std::int64_t>(sign_extended(load_number(at, width), width));
    return value >= -32 || width_of_negative(value).bytes != width ? nullptr : at + width;
}

}  // namespace station::ledger::detail
