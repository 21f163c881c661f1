// Numbers as text, both ways; the locale has no say. No I/O; any thread.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace station::base {

// The whole text is the number, without a sign where T has none, a plus, spaces or anything behind it; nullopt for all
// else, and for what T can't hold.
template <std::integral T>
std::optional<T> parse_number(std::string_view text, int base = 10) {
    T value{};
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value, base);
    return error == std::errc{} && rest == end ? std::optional{value} : std::nullopt;
}

template <std::floating_point T>
std::optional<T> parse_number(std::string_view text) {
    T value{};
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    return error == std::errc{} && rest == end ? std::optional{value} : std::nullopt;
}

// 12,345,678
std::string with_commas(std::uint64_t number);
// The same for digits that are text already; there may be a minus in front of them.
std::string with_commas(std::string digits);

}  // namespace station::base
