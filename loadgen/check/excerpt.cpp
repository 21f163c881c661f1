#include <loadgen/check/excerpt.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace station::check {
namespace {

constexpr std::size_t kHead = 240;
constexpr std::size_t kTail = 80;

bool is_within(char c, int least, int most) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= least && byte <= most;
}

// The length of the well-formed character of two bytes or more that `bytes` begins with, 0 where there is
// none (table 3-7 of the Unicode standard, less U+0080 to U+00BF, which are control characters or look like a
// space).
std::size_t character_length(std::string_view bytes) {
    struct Form {
        int first, last;      // of the first byte
        int second, highest;  // of the second byte
        std::size_t length;
    };
    constexpr std::array<Form, 8> kForms{{{0xC3, 0xDF, 0x80, 0xBF, 2},
                                          {0xE0, 0xE0, 0xA0, 0xBF, 3},
                                          {0xE1, 0xEC, 0x80, 0xBF, 3},
                                          {0xED, 0xED, 0x80, 0x9F, 3},
                                          {0xEE, 0xEF, 0x80, 0xBF, 3},
                                          {0xF0, 0xF0, 0x90, 0xBF, 4},
                                          {0xF1, 0xF3, 0x80, 0xBF, 4},
                                          {0xF4, 0xF4, 0x80, 0x8F, 4}}};
    for (const Form& form : kForms) {
        if (!is_within(bytes[0], form.first, form.last) || bytes.size() < form.length) continue;
        if (!is_within(bytes[1], form.second, form.highest)) return 0;
        const auto rest = bytes.substr(2, form.length - 2);
        const bool whole =
            std::all_of(rest.begin(), rest.end(), [](char c) { return is_within(c, 0x80, 0xBF); });
        return whole ? form.length : 0;
    }
    return 0;
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
    if (byte >= 0x20 && byte < 0x7F) return {c};
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
