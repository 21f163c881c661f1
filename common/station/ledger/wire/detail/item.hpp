// One item of MessagePack: a scalar with its bytes, or the head of an array or a map, whose elements follow. The one
// place that knows the format bytes. Here any form is taken, the shortest or not.
#pragma once

#include <array>
#include <cstdint>
#include <station/ledger/wire/detail/integer.hpp>
#include <station/log/bytes.hpp>

namespace station::ledger::detail {

enum class Kind : std::uint8_t {
    invalid,  // 0xc1
    nil,
    boolean,
    unsigned_integer,
    signed_integer,  // negative or not
    float32,
    float64,
    string,
    binary,
    extension,
    array,  // from here on elements follow
    map,
};

struct Item {
    Kind kind = Kind::invalid;
    // The bits of a number, sign-extended; 0 or 1; how many bytes content has; how many elements or pairs follow.
    std::uint64_t number = 0;
    std::int8_t type = 0;                // of an extension
    const std::byte* content = nullptr;  // of a string, a binary, an extension: `number` bytes
};

// What a format byte says: how many bytes of a number follow it, or the number itself where that is none.
struct Format {
    Kind kind = Kind::invalid;
    std::uint8_t width = 0;
    std::uint8_t number = 0;
};

constexpr std::array<Format, 256> make_formats() {
    std::array<Format, 256> formats{};
    for (unsigned byte = 0; byte < 256; ++byte) {
        Format& format = formats[byte];
        if (byte < 0x80) format = {Kind::unsigned_integer, 0, static_cast<std::uint8_t>(byte)};
        if (byte >= 0x80 && byte < 0x90) format = {Kind::map, 0, static_cast<std::uint8_t>(byte & 15)};
        if (byte >= 0x90 && byte < 0xa0) format = {Kind::array, 0, static_cast<std::uint8_t>(byte & 15)};
        if (byte >= 0xa0 && byte < 0xc0) format = {Kind::string, 0, static_cast<std::uint8_t>(byte & 31)};
        if (byte >= 0xe0) format = {Kind::signed_integer, 0, static_cast<std::uint8_t>(byte)};
    }
    formats[0xc0] = {Kind::nil, 0, 0};
    formats[0xc2] = {Kind::boolean, 0, 0};
    formats[0xc3] = {Kind::boolean, 0, 1};
    formats[0xca] = {Kind::float32, 4, 0};
    formats[0xcb] = {Kind::float64, 8, 0};
    for (std::uint8_t power = 0; power < 4; ++power) {
        const auto width = static_cast<std::uint8_t>(1 << power);
        formats[0xcc + power] = {Kind::unsigned_integer, width, 0};
        formats[0xd0 + power] = {Kind::signed_integer, width, 0};
        formats[0xd4 + power] = {Kind::extension, 0, width};
        if (power == 3) continue;
        formats[0xc4 + power] = {Kind::binary, width, 0};
        formats[0xc7 + power] = {Kind::extension, width, 0};
        formats[0xd9 + power] = {Kind::string, width, 0};
        if (power == 2) continue;
        formats[0xdc + power] = {Kind::array, static_cast<std::uint8_t>(2 * width), 0};
        formats[0xde + power] = {Kind::map, static_cast<std::uint8_t>(2 * width), 0};
    }
    formats[0xd8] = {Kind::extension, 0, 16};
    return formats;
}

inline constexpr std::array<Format, 256> kFormats = make_formats();

// Moves `at` past one item and says what it was. Cut short or none: false, and `at` is anywhere up to `end`.
inline bool take_item(const std::byte*& at, const std::byte* end, Item& item) {
    if (at == end) return false;
    const Format format = kFormats[std::to_integer<std::size_t>(*at++)];
    const unsigned width = format.width;
    if (width > static_cast<std::size_t>(end - at)) return false;
    item.kind = format.kind;
    item.number = width == 0 ? format.number : load_number(at, width);
    at += width;
    switch (format.kind) {
        case Kind::invalid: return false;
        case Kind::signed_integer: item.number = sign_extended(item.number, width == 0 ? 1 : width); return true;
        case Kind::extension:
            if (at == end) return false;
            item.type = static_cast<std::int8_t>(*at++);
            [[fallthrough]];
        case Kind::string:
        case Kind::binary:
            if (item.number > static_cast<std::size_t>(end - at)) return false;
            item.content = at;
            at += item.number;
            return true;
        default: return true;
    }
}

}  // namespace station::ledger::detail
