#include <loadgen/check/excerpt.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace station::check {
namespace {

constexpr std::size_t kHead = 240;
constexpr std::size_t kTail = 80;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The length of the UTF-8 character of two bytes or more at the start of `bytes`, 0 where there is none. Good
// enough for a terminal: overlong forms and surrogates count as none.
std::size_t character_length(std::string_view bytes) {
    const auto first = static_cast<unsigned char>(bytes[0]);
    const std::size_t length = first >= 0xC3 && first < 0xE0                   ? 2
                               : first > 0xE0 && first < 0xF0 && first != 0xED ? 3
                               : first > 0xF0 && first < 0xF4                  ? 4
                                                                               : 0;
    if (length == 0 || bytes.size() < length) return 0;
    const auto rest = bytes.substr(1, length - 1);
    return std::all_of(rest.begin(), rest.end(), is_continuation) ? length : 0;
}

std::string escaped_byte(char c) {
    switch (c) {
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case '\t':
            return "\\t";
        case '\0':
            return "\\0";
        default:
            break;
    }
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F) return std::string{c};
    std::array<char, 5> hex{};
    std::snprintf(hex.data(), hex.size(), "\\x%02X", static_cast<unsigned>(byte));
    return hex.data();
}

std::string with_commas(std::size_t number) {
    std::string text = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
        text.insert(static_cast<std::size_t>(at), ",");
    }
    return text;
}

}  // namespace

std::string escaped(std::string_view bytes) {
    std::string text;
    while (!bytes.empty()) {
        const std::size_t length = character_length(bytes);
        text += length > 0 ? std::string{bytes.substr(0, length)} : escaped_byte(bytes[0]);
        bytes.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return text;
}

void Excerpt::add(std::string_view bytes) {
    total_ += bytes.size();
    const auto to_head = std::min(kHead - head_.size(), bytes.size());
    head_ += bytes.substr(0, to_head);
    bytes.remove_prefix(to_head);
    tail_ += bytes.substr(bytes.size() - std::min(bytes.size(), kTail));
    if (tail_.size() > kTail) tail_.erase(0, tail_.size() - kTail);
}

std::string Excerpt::text() const {
    if (head_.size() + tail_.size() == total_) return escaped(head_ + tail_);
    return escaped(head_) + " … (" + with_commas(total_) + " bytes in all) … " + escaped(tail_);
}

}  // namespace station::check
