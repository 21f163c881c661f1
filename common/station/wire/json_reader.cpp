#include <cstdint>
#include <station/base/text.hpp>
#include <station/base/utf8.hpp>
#include <station/wire/json_reader.hpp>
#include <station/wire/request.hpp>

namespace station::wire {
namespace {

int hex_value(char c) {
    if (base::is_digit(c)) return c - '0';
    const char low = base::lower(c);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

bool is_high_surrogate(std::uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low_surrogate(std::uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

// The four digits behind \u, where they are.
std::optional<std::uint32_t> unit_at(std::string_view text, std::size_t at) {
    if (text.size() < at + 4) return std::nullopt;
    std::uint32_t unit = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        const int digit = hex_value(text[at + i]);
        if (digit < 0) return std::nullopt;
        unit = 16 * unit + static_cast<std::uint32_t>(digit);
    }
    return unit;
}

void append_utf8(std::string& out, std::uint32_t point) {
    const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
    const auto put_next = [&](unsigned shift) { put(0x80 | ((point >> shift) & 0x3F)); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xC0 | point >> 6);
        put_next(0);
    } else if (point < 0x10000) {
        put(0xE0 | point >> 12);
        put_next(6);
        put_next(0);
    } else {
        put(0xF0 | point >> 18);
        put_next(12);
        put_next(6);
        put_next(0);
    }
}

// An escape as JSON has them: how long it is, from its backslash on, and what it stands for.
struct Escaped {
    std::size_t length = 0;  // 0: none
    std::uint32_t point = 0;
};

Escaped read_escape(std::string_view text) {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
    if (text.size() < 2) return {};
    if (const auto letter = kLetters.find(text[1]); letter != std::string_view::npos) {
        return {2, static_cast<unsigned char>(kMeant[letter])};
    }
    const auto first = text[1] == 'u' ? unit_at(text, 2) : std::nullopt;
    if (!first || is_low_surrogate(*first)) return {};
    if (!is_high_surrogate(*first)) return {6, *first};
    const auto second = text.substr(6).starts_with("\\u") ? unit_at(text, 8) : std::nullopt;
    if (!second || !is_low_surrogate(*second)) return {};
    return {12, 0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00)};
}

std::string unescape(std::string_view inside) {
    std::string text;
    text.reserve(inside.size());
    while (true) {
        const std::size_t backslash = inside.find('\\');
        text += inside.substr(0, backslash);
        if (backslash == std::string_view::npos) return text;
        inside.remove_prefix(backslash);
        const Escaped escaped = read_escape(inside);
        append_utf8(text, escaped.point);
        inside.remove_prefix(escaped.length);
    }
}

using OnElement = std::function<void(std::string_view)>;

class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    JsonText read(const OnMember& on_member) {
        skip_spaces();
        const bool is_object = here('{');
        if (!(is_object ? object(&on_member, 1) : value(0))) return JsonText::invalid;
        skip_spaces();
        if (at_ != text_.size()) return JsonText::invalid;
        return is_object ? JsonText::object : JsonText::other;
    }

    bool read_array(const OnElement& on_element) {
        skip_spaces();
        if (!array(&on_element, 1)) return false;
        skip_spaces();
        return at_ == text_.size();
    }

  private:
    bool here(char c) const { return at_ < text_.size() && text_[at_] == c; }
    bool take(char c) {
        if (!here(c)) return false;
        ++at_;
        return true;
    }
    void skip_spaces() {
        while (here(' ') || here('\t') || here('\n') || here('\r')) ++at_;
    }
    bool literal(std::string_view wanted) {
        if (!text_.substr(at_).starts_with(wanted)) return false;
        at_ += wanted.size();
        return true;
    }
    bool digits() {
        const std::size_t from = at_;
        while (at_ < text_.size() && base::is_digit(text_[at_])) ++at_;
        return at_ > from;
    }

    bool number() {
        take('-');
        if (!take('0') && !digits()) return false;
        if (take('.') && !digits()) return false;
        if (!take('e') && !take('E')) return true;
        if (!take('+')) take('-');
        return digits();
    }

    bool string() {
        if (!take('"')) return false;
        const std::size_t from = at_;
        while (at_ < text_.size() && text_[at_] != '"') {
            if (static_cast<unsigned char>(text_[at_]) < 0x20) return false;
            std::size_t step = 1;
            if (text_[at_] == '\\') step = read_escape(text_.substr(at_)).length;
            if (step == 0) return false;
            at_ += step;
        }
        return base::is_utf8(text_.substr(from, at_ - from)) && take('"');
    }

    // `depth` levels are open around it.
    bool value(int depth) {
        if (at_ == text_.size()) return false;
        switch (text_[at_]) {
            case '{': return object(nullptr, depth + 1);
            case '[': return array(nullptr, depth + 1);
            case '"': return string();
            case 't': return literal("true");
            case 'f': return literal("false");
            case 'n': return literal("null");
            default: return number();
        }
    }

    bool array(const OnElement* on_element, int depth) {
        if (depth > kMaxDepth || !take('[')) return false;
        skip_spaces();
        if (take(']')) return true;
        do {
            skip_spaces();
            const std::size_t from = at_;
            if (!value(depth)) return false;
            if (on_element != nullptr) (*on_element)(text_.substr(from, at_ - from));
            skip_spaces();
        } while (take(','));
        return take(']');
    }

    bool object(const OnMember* on_member, int depth) {
        if (depth > kMaxDepth || !take('{')) return false;
        skip_spaces();
        if (take('}')) return true;
        do {
            skip_spaces();
            const std::size_t key_at = at_;
            if (!string()) return false;
            const std::string_view key = text_.substr(key_at, at_ - key_at);
            skip_spaces();
            if (!take(':')) return false;
            skip_spaces();
            const std::size_t value_at = at_;
            if (!value(depth)) return false;
            if (on_member != nullptr) show(*on_member, key, text_.substr(value_at, at_ - value_at));
            skip_spaces();
        } while (take(','));
        return take('}');
    }

    static void show(const OnMember& on_member, std::string_view quoted_key, std::string_view raw) {
        const std::string_view inside = quoted_key.substr(1, quoted_key.size() - 2);
        if (inside.find('\\') == std::string_view::npos) return on_member(inside, raw);
        on_member(unescape(inside), raw);
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

JsonText read_members(std::string_view text, const OnMember& on_member) { return Reader{text}.read(on_member); }

bool read_elements(std::string_view text, const OnElement& on_element) { return Reader{text}.read_array(on_element); }

std::optional<std::string> read_string(std::string_view raw) {
    if (raw.size() < 2 || raw.front() != '"') return std::nullopt;
    return unescape(raw.substr(1, raw.size() - 2));
}

std::optional<bool> read_bool(std::string_view raw) {
    if (raw == "true") return true;
    if (raw == "false") return false;
    return std::nullopt;
}

}  // namespace station::wire
