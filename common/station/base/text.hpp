// Small things that are done to text. ASCII alone has cases and spaces here, whatever the locale is: the texts are
// those of protocols. No I/O; any thread.
#pragma once

#include <string>
#include <string_view>

namespace station::base {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_alphanumeric(char c) { return is_digit(c) || is_letter(c); }

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
std::string lower(std::string_view text);
bool equal_in_either_case(std::string_view a, std::string_view b);

// Without the spaces around it; they are HTTP's (RFC 9110, 5.6.3) where no others are named.
std::string_view trim(std::string_view text, std::string_view spaces = " \t");

// \xHH, for a byte that is not to be shown as it is.
std::string hex_escape(char byte);

// What is no printable character is a space: for messages that quote what somebody typed.
std::string one_line(std::string text);

}  // namespace station::base
