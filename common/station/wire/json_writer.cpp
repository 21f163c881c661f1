#include <algorithm>
#include <array>
#include <station/base/utf8.hpp>
#include <station/wire/json_writer.hpp>

namespace station::wire {
namespace {

enum Escape : char { kPlain = 0, kByNumber = 'u', kBroken = '?' };

// What stands behind the backslash, by byte: most bytes are plain, and are copied in runs.
constexpr std::array<char, 128> make_escapes() {
    std::array<char, 128> escapes{};
    for (std::size_t i = 0; i < 0x20; ++i) escapes[i] = kByNumber;
    escapes['"'] = '"';
    escapes['\\'] = '\\';
    escapes['\b'] = 'b';
    escapes['\f'] = 'f';
    escapes['\n'] = 'n';
    escapes['\r'] = 'r';
    escapes['\t'] = 't';
    return escapes;
}

constexpr std::array<char, 128> kEscapes = make_escapes();

bool is_plain_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x80 && kEscapes[byte] == kPlain;
    });
}

// The length of the run at the front that can be copied; of text that is UTF-8 all but escapes can.
std::size_t plain_run(std::string_view text, bool whole) {
    std::size_t at = 0;
    while (at < text.size()) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte < 0x80) {
            if (kEscapes[byte] != kPlain) break;
            ++at;
            continue;
        }
        const std::size_t length = whole ? 1 : base::character_length(text.substr(at, 4));
        if (length == 0) break;
        at += length;
    }
    return at;
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
    if (is_plain_ascii(text)) {
        out += text;
        return;
    }
    constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
    constexpr char kDigits[] = "0123456789abcdef";
    const bool whole = base::is_utf8(text);
    while (!text.empty()) {
        const std::size_t plain = plain_run(text, whole);
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) return;
        const auto byte = static_cast<unsigned char>(text.front());
        text.remove_prefix(1);
        const char escape = byte < 0x80 ? kEscapes[byte] : static_cast<char>(kBroken);
        if (escape == kBroken) {
            out += kReplacement;
        } else if (escape == kByNumber) {
            out += "\\u00";
            out += kDigits[byte >> 4];
            out += kDigits[byte & 15];
        } else {
            out += '\\';
            out += escape;
        }
    }
}

JsonWriter& JsonWriter::key(std::string_view name) {
    value(name);
    out_ += ':';
    comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
    comma();
    out_ += '"';
    append_escaped(out_, text);
    out_ += '"';
    comma_ = true;
    return *this;
}

}  // namespace station::wire
