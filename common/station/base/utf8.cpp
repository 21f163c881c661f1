#include <algorithm>
#include <cstring>
#include <station/base/utf8.hpp>

namespace station::base {
namespace {

// Eight bytes at a time: most text is ASCII.
std::string_view skip_ascii(std::string_view bytes) {
    while (bytes.size() >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), sizeof word);
        if ((word & 0x8080808080808080U) != 0) break;
        bytes.remove_prefix(8);
    }
    return bytes;
}

}  // namespace

bool is_utf8(std::string_view text) {
    Utf8Check check;
    return check.feed(text) && check.complete();
}

std::size_t character_length(std::string_view text) {
    Utf8Check check;
    for (std::size_t i = 0; i < text.size() && check.feed(text.substr(i, 1)); ++i) {
        if (check.complete()) return i + 1;
    }
    return 0;
}

bool has_control_character(std::string_view utf8) {
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const auto byte = static_cast<unsigned char>(utf8[i]);
        if (byte < 0x20 || byte == 0x7F) return true;
        // U+0080 to U+009F are C2 80 to C2 9F.
        if (byte == 0xC2 && i + 1 < utf8.size() && static_cast<unsigned char>(utf8[i + 1]) < 0xA0) return true;
    }
    return false;
}

std::string cut_utf8(std::string_view text, std::size_t most) {
    std::size_t size = std::min(text.size(), most);
    while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
    return std::string{text.substr(0, size)};
}

// RFC 3629, section 4: only the second byte has bounds of its own, and they depend on the first.
bool Utf8Check::begin(std::uint8_t byte) {
    if (byte < 0x80) return true;
    if (byte < 0xC2 || byte > 0xF4) return false;
    missing_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    low_ = byte == 0xE0 ? 0xA0 : byte == 0xF0 ? 0x90 : 0x80;
    high_ = byte == 0xED ? 0x9F : byte == 0xF4 ? 0x8F : 0xBF;
    return true;
}

bool Utf8Check::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        if (missing_ == 0) {
            bytes = skip_ascii(bytes);
            if (bytes.empty()) break;
            if (!begin(static_cast<std::uint8_t>(bytes.front()))) return false;
        } else {
            const auto byte = static_cast<std::uint8_t>(bytes.front());
            if (byte < low_ || byte > high_) return false;
            --missing_;
            low_ = 0x80;
            high_ = 0xBF;
        }
        bytes.remove_prefix(1);
    }
    return true;
}

}  // namespace station::base
