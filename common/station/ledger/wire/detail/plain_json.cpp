#include <algorithm>
#include <array>
#include <station/base/utf8.hpp>
#include <station/ledger/wire/detail/plain_json.hpp>
#include <station/ledger/wire/message_pack.hpp>

namespace station::ledger::detail {
namespace {

constexpr std::size_t kPlainMembers = 15;  // their number fits the head's one byte
constexpr int kPlainDigits = 18;           // no overflow to think of

class PlainJson {
  public:
    explicit PlainJson(std::string_view json) : at_(json.data()), end_(at_ + json.size()) { out_.reserve(json.size()); }

    std::optional<std::vector<std::byte>> take() {
        if (!value(0)) return std::nullopt;
        skip_blanks();
        if (at_ != end_) return std::nullopt;
        return std::move(out_);
    }

  private:
    static bool is_digit(char c) { return c >= '0' && c <= '9'; }

    void skip_blanks() {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
    }
    bool take(char wanted) {
        if (at_ == end_ || *at_ != wanted) return false;
        ++at_;
        return true;
    }

    bool value(int depth) {
        skip_blanks();
        if (at_ == end_) return false;
        switch (*at_) {
            case '{': return depth < kMaxDepth && object(depth + 1);
            case '[': return depth < kMaxDepth && array(depth + 1);
            case '"': {
                std::string_view text;
                return string(text) && (writer_.string(text), true);
            }
            case 't': return word("true") && (writer_.boolean(true), true);
            case 'f': return word("false") && (writer_.boolean(false), true);
            case 'n': return word("null") && (writer_.nil(), true);
            default: return integer();
        }
    }

    bool word(std::string_view wanted) {
        if (!std::string_view{at_, end_}.starts_with(wanted)) return false;
        at_ += wanted.size();
        return true;
    }

    bool integer() {
        const bool negative = take('-');
        const char* const first = at_;
        std::int64_t number = 0;
        while (at_ != end_ && is_digit(*at_) && at_ - first < kPlainDigits) number = number * 10 + (*at_++ - '0');
        if (at_ == first || (*first == '0' && (negative || at_ - first > 1))) return false;
        if (at_ != end_ && (is_digit(*at_) || *at_ == '.' || *at_ == 'e' || *at_ == 'E')) return false;
        writer_.integer(negative ? -number : number);
        return true;
    }

    bool string(std::string_view& text) {
        if (!take('"')) return false;
        const char* const first = at_;
        bool ascii = true;
        for (; at_ != end_ && *at_ != '"'; ++at_) {
            const auto byte = static_cast<unsigned char>(*at_);
            if (byte < 0x20 || byte == '\\') return false;
            ascii = ascii && byte < 0x80;
        }
        text = {first, at_};
        return take('"') && (ascii || base::is_utf8(text));
    }

    // `element` reads one, having been told how many came before.
    template <typename Element>
    bool container(unsigned head, char close, Element element) {
        ++at_;
        const std::size_t begin = out_.size();
        out_.emplace_back();
        std::size_t size = 0;
        skip_blanks();
        while (!take(close)) {
            if (size == kPlainMembers || (size > 0 && !take(','))) return false;
            if (!element(size++)) return false;
            skip_blanks();
        }
        out_[begin] = static_cast<std::byte>(head + size);
        return true;
    }

    bool array(int depth) {
        return container(0x90, ']', [&](std::size_t) { return value(depth); });
    }

    bool object(int depth) {
        std::array<std::string_view, kPlainMembers> keys;
        return container(0x80, '}', [&](std::size_t before) {
            std::string_view& key = keys[before];
            skip_blanks();
            if (!string(key) || std::find(keys.begin(), keys.begin() + before, key) != keys.begin() + before)
                return false;
            writer_.string(key);
            skip_blanks();
            return take(':') && value(depth);
        });
    }

    const char* at_;
    const char* const end_;
    std::vector<std::byte> out_;
    PackWriter writer_{out_};
};

}  // namespace

std::optional<std::vector<std::byte>> plain_json_to_pack(std::string_view json) { return PlainJson{json}.take(); }

}  // namespace station::ledger::detail
