#include <station/wire/line_splitter.hpp>

#include <utility>

namespace station::wire {

Line LineSplitter::next(std::string_view& bytes) {
    whole_ = std::string{};
    while (!too_long_) {
        const std::size_t end = bytes.find('\n');
        if (end == std::string_view::npos) {
            if (!begin(std::exchange(bytes, {}))) break;
            return {};
        }
        std::string_view text = bytes.substr(0, end);
        if (!begun_.empty()) {
            if (begun_.size() + text.size() > max_line_ + 1) break;
            begun_ += text;
            whole_ = std::exchange(begun_, {});
            text = whole_;
        }
        bytes.remove_prefix(end + 1);
        if (text.ends_with('\r')) text.remove_suffix(1);
        if (text.size() > max_line_) break;
        if (!text.empty()) return {LineStatus::complete, text};
    }
    too_long_ = true;
    bytes = {};
    begun_ = std::string{};
    return {LineStatus::too_long, {}};
}

// False where the line that begins is too long already. One byte more may still turn out to be the '\r' that does not
// count.
bool LineSplitter::begin(std::string_view bytes) {
    const std::size_t size = begun_.size() + bytes.size();
    if (size > max_line_ + 1) return false;
    begun_ += bytes;
    return size <= max_line_ || begun_.back() == '\r';
}

}  // namespace station::wire
