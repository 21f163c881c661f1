#include <algorithm>
#include <station/base/text.hpp>

namespace station::base {

std::string lower(std::string_view text) {
    std::string result{text};
    for (char& c : result) c = lower(c);
    return result;
}

bool equal_in_either_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char one, char other) { return lower(one) == lower(other); });
}

std::string_view trim(std::string_view text, std::string_view spaces) {
    text.remove_prefix(std::min(text.find_first_not_of(spaces), text.size()));
    return text.substr(0, text.find_last_not_of(spaces) + 1);
}

std::string hex_escape(char byte) {
    constexpr std::string_view kHexDigits = "0123456789ABCDEF";
    const auto value = static_cast<unsigned char>(byte);
    return {'\\', 'x', kHexDigits[value >> 4], kHexDigits[value & 15]};
}

std::string one_line(std::string text) {
    std::ranges::replace_if(
        text, [](unsigned char c) { return c < 0x20; }, ' ');
    return text;
}

}  // namespace station::base
