#include <cstdint>
#include <station/base/base64.hpp>

namespace station::base {
namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode(std::string_view bytes, std::string_view digits) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t left = bytes.size() - i;
        const auto byte = [&](std::size_t k) {
            return k < left ? std::uint32_t{static_cast<std::uint8_t>(bytes[i + k])} : 0U;
        };
        const std::uint32_t bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        text += digits[bits >> 18];
        text += digits[bits >> 12 & 63];
        if (left > 1) text += digits[bits >> 6 & 63];
        if (left > 2) text += digits[bits & 63];
    }
    return text;
}

int value_of(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    return c == '/' ? 63 : -1;
}

}  // namespace

std::string base64(std::string_view bytes) {
    std::string text = encode(bytes, kDigits);
    while (text.size() % 4 != 0) text += '=';
    return text;
}

std::string base64url(std::string_view bytes) { return encode(bytes, kUrlDigits); }

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3);
    for (std::size_t i = 0; i < text.size(); i += 4) {
        const bool last = i + 4 == text.size();
        const std::size_t padding = !last ? 0 : text[i + 2] == '=' ? 2 : text[i + 3] == '=' ? 1 : 0;
        std::uint32_t bits = 0;
        for (std::size_t k = 0; k < 4; ++k) {
            const int value = k >= 4 - padding ? (text[i + k] == '=' ? 0 : -1) : value_of(text[i + k]);
            if (value < 0) return std::nullopt;
            bits = bits << 6 | static_cast<std::uint32_t>(value);
        }
        for (std::size_t k = 0; k < 3 - padding; ++k) bytes += static_cast<char>(bits >> (16 - 8 * k) & 0xFF);
    }
    return bytes;
}

}  // namespace station::base
