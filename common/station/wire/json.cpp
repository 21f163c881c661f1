#include <station/wire/json.hpp>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <station/wire/json_writer.hpp>

namespace station::wire {
namespace {

using Json = nlohmann::json;

// nlohmann's number for "this number does not fit a double".
constexpr int kNumberOverflow = 406;

std::optional<FieldValue>* field_of(Fields& fields, std::string_view name) {
    return name == "user"     ? &fields.user
           : name == "action" ? &fields.action
           : name == "amount" ? &fields.amount
           : name == "type"   ? &fields.type
                              : nullptr;
}

class FieldScanner : public nlohmann::json_sax<Json> {
  public:
    explicit FieldScanner(int max_depth) : max_depth_(max_depth) {}

    Fields take() { return std::move(fields_); }
    bool number_overflowed() const { return number_overflowed_; }

    bool null() override { return other(); }
    bool boolean(bool) override { return other(); }
    bool number_integer(std::int64_t value) override { return keep(value); }
    bool number_unsigned(std::uint64_t value) override {
        if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return other();
        return keep(static_cast<std::int64_t>(value));
    }
    bool number_float(double, const std::string&) override { return other(); }
    bool string(std::string& value) override { return keep(std::move(value)); }
    bool binary(Json::binary_t&) override { return other(); }

    bool start_object(std::size_t) override {
        if (depth_ == 0) fields_.is_object = true;
        return open();
    }
    bool start_array(std::size_t) override { return open(); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }

    bool key(std::string& name) override {
        if (depth_ != 1) return true;
        field_ = field_of(fields_, name);
        return true;
    }

    bool parse_error(std::size_t, const std::string&, const Json::exception& error) override {
        number_overflowed_ = error.id == kNumberOverflow;
        return false;
    }

  private:
    bool open() {
        other();
        return ++depth_ <= max_depth_;
    }
    bool close() {
        --depth_;
        return true;
    }
    bool other() { return keep(OtherValue{}); }

    template <typename Value>
    bool keep(Value&& value) {
        if (depth_ == 1 && field_ != nullptr) {
            field_->emplace(std::forward<Value>(value));
            field_ = nullptr;
        }
        return true;
    }

    int max_depth_;
    int depth_ = 0;
    Fields fields_;
    std::optional<FieldValue>* field_ = nullptr;
    bool number_overflowed_ = false;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// What nearly all clients send is plain: one object, its members texts of ASCII without escapes or integers. It is read
// by itself, since the library's way costs more than all else that is done with a line (docs/benchmarks.md, "Plain
// lines"); of everything else, mistakes too, the library says what it is.
class PlainReader {
  public:
    explicit PlainReader(std::string_view text) : text_(text) {}

    // nullopt: this is not plain.
    std::optional<Fields> read() {
        Fields fields;
        fields.is_object = true;
        if (!takes('{')) return std::nullopt;
        do {
            const auto name = text();
            if (!name || !takes(':') || !read_value(field_of(fields, *name))) return std::nullopt;
        } while (takes(','));
        if (!takes('}')) return std::nullopt;
        next();
        if (at_ < text_.size()) return std::nullopt;
        return fields;
    }

  private:
    static constexpr std::size_t kDigits = 18;  // of an integer that fits whatever its digits are

    // What stands next, behind blanks.
    char next() {
        while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
        return at_ < text_.size() ? text_[at_] : '\0';  // which stands nowhere in plain text
    }
    bool takes(char wanted) {
        if (next() != wanted) return false;
        ++at_;
        return true;
    }
    std::optional<std::string_view> text() {
        if (!takes('"')) return std::nullopt;
        const std::size_t from = at_;
        while (at_ < text_.size() && is_plain(text_[at_])) ++at_;
        if (at_ == text_.size() || text_[at_] != '"') return std::nullopt;
        return text_.substr(from, at_++ - from);
    }
    static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
    static bool is_plain(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

    std::optional<std::int64_t> integer() {
        const bool negative = takes('-');
        const std::size_t from = at_;
        std::int64_t value = 0;
        for (; at_ < text_.size() && is_digit(text_[at_]) && at_ - from < kDigits; ++at_) {
            value = value * 10 + (text_[at_] - '0');
        }
        const std::size_t digits = at_ - from;
        if (digits == 0 || (digits > 1 && text_[from] == '0')) return std::nullopt;
        // A fraction, an exponent and a further digit are no plain end of it.
        if (const char behind = next(); behind != ',' && behind != '}') return std::nullopt;
        return negative ? -value : value;
    }
    bool read_value(std::optional<FieldValue>* field) {
        if (next() == '"') {
            const auto value = text();
            if (value && field != nullptr) field->emplace(std::string{*value});
            return value.has_value();
        }
        const auto value = integer();
        if (value && field != nullptr) field->emplace(*value);
        return value.has_value();
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

// The length of the JSON number that `text` begins with, 0 where it begins with none.
std::size_t number_length(std::string_view text) {
    std::size_t at = 0;
    const auto digits = [&] {
        const std::size_t from = at;
        while (at < text.size() && is_digit(text[at])) ++at;
        return at > from;
    };
    if (at < text.size() && text[at] == '-') ++at;
    if (at < text.size() && text[at] == '0') {
        ++at;
    } else if (!digits()) {
        return 0;
    }
    if (at < text.size() && text[at] == '.' && (++at, !digits())) return 0;
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        if (!digits()) return 0;
    }
    return at;
}

// Can `number`, as JSON spells one, overflow a double? Integers of up to 64 bits, the only ones that a field can take,
// can not.
bool may_overflow(std::string_view number) {
    constexpr std::size_t kLongestInteger = 20;  // -9223372036854775808
    return number.size() > kLongestInteger || number.find_first_of("eE") != std::string_view::npos;
}

// 1e999 is JSON, but nlohmann gives up on what no double can hold. Every number of such a line that may overflow
// becomes a fraction of the same length: to us both are numbers that no field can take.
std::string tame_numbers(std::string_view text) {
    std::string tamed{text};
    bool in_string = false;
    for (std::size_t i = 0; i < tamed.size(); ++i) {
        const char c = tamed[i];
        if (in_string) {
            if (c == '\\') ++i;
            if (c == '"') in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '-' || is_digit(c)) {
            const std::size_t length = number_length(text.substr(i));
            if (may_overflow(text.substr(i, length))) tamed.replace(i, length, "0." + std::string(length - 2, '1'));
            if (length > 0) i += length - 1;
        }
    }
    return tamed;
}

}  // namespace

std::optional<Fields> scan_fields(std::string_view text, int max_depth) {
    if (auto plain = PlainReader{text}.read(); plain && max_depth > 0) return plain;
    return scan_fields_by_library(text, max_depth);
}

std::optional<Fields> scan_fields_by_library(std::string_view text, int max_depth) {
    // nlohmann skips a byte order mark and takes a NUL for the end of the text; neither is JSON.
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text.starts_with(kByteOrderMark) || text.find('\0') != std::string_view::npos) return std::nullopt;

    FieldScanner scanner{max_depth};
    if (Json::sax_parse(text.begin(), text.end(), &scanner)) return scanner.take();
    if (!scanner.number_overflowed()) return std::nullopt;

    const std::string tamed = tame_numbers(text);
    FieldScanner second{max_depth};
    if (Json::sax_parse(tamed.begin(), tamed.end(), &second)) return second.take();
    return std::nullopt;
}

std::string escape_json(std::string_view text) {
    std::string escaped;
    append_escaped(escaped, text);
    return escaped;
}

}  // namespace station::wire
