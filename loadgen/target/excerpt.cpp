#include <loadgen/target/excerpt.hpp>

#include <algorithm>
#include <station/base/numbers.hpp>
#include <station/base/text.hpp>
#include <station/base/utf8.hpp>

namespace station::target {
namespace {

constexpr std::size_t kHead = 240;
constexpr std::size_t kTail = 80;

// Characters above ASCII are shown as they are, but not U+0080 to U+00BF: those are control characters or look like a
// space.
std::size_t shown_length(std::string_view bytes) {
    const std::size_t length = base::character_length(bytes);
    return length > 1 && bytes.front() != '\xC2' ? length : 0;
}

std::string escaped_byte(char c) {
    switch (c) {
        case '\n': return "\\n";
        case '\r': return "\\r";
        case '\t': return "\\t";
        case '\0': return "\\0";
        default: break;
    }
    return c >= ' ' && c <= '~' ? std::string{c} : base::hex_escape(c);
}

}  // namespace

std::string escaped(std::string_view bytes) {
    std::string text;
    while (!bytes.empty()) {
        const std::size_t length = shown_length(bytes);
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
    return escaped(head_) + " … (" + base::with_commas(total_) + " bytes in all) … " + escaped(tail_);
}

}  // namespace station::target
