#include <loadgen/check/wrap.hpp>

#include <sys/ioctl.h>
#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <station/base/numbers.hpp>

namespace station::check {
namespace {

constexpr std::size_t kLeast = 40;
constexpr std::size_t kWithoutTerminal = 100;

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

std::size_t columns(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string wrapped_line(std::string_view line, std::size_t width) {
    if (columns(line) <= width) return std::string{line};
    const std::size_t indent = std::min(std::min(line.find_first_not_of(' '), line.size()) + 4, width / 2);
    std::string text;
    std::size_t used = 0;
    while (!line.empty()) {
        const auto word = line.find_first_not_of(' ');
        if (word == std::string_view::npos) break;
        const auto end = std::min(line.find(' ', word), line.size());
        const std::size_t blanks = word;
        const std::size_t needed = columns(line.substr(word, end - word));
        if (used > 0 && used + blanks + needed > width) {
            text += "\n" + std::string(indent, ' ');
            used = indent;
        } else {
            text.append(blanks, ' ');
            used += blanks;
        }
        text += line.substr(word, end - word);
        used += needed;
        line.remove_prefix(end);
    }
    return text;
}

}  // namespace

std::size_t terminal_width() {
    const char* const told = std::getenv("COLUMNS");  // NOLINT(concurrency-mt-unsafe): nobody calls setenv
    std::size_t width = told != nullptr ? base::parse_number<std::size_t>(told).value_or(0) : 0;
    winsize size{};
    if (width == 0 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) width = size.ws_col;
    return std::max(width == 0 ? kWithoutTerminal : width, kLeast);
}

std::string wrapped(std::string_view text, std::size_t width) {
    std::string all;
    while (!text.empty()) {
        const auto end = text.find('\n');
        all += wrapped_line(text.substr(0, end), width);
        if (end == std::string_view::npos) break;
        all += '\n';
        text.remove_prefix(end + 1);
    }
    return all;
}

WrappedOutput::WrappedOutput(std::ostream& out, std::size_t width) : out_(out), inner_(out.rdbuf()), width_(width) {
    out_.rdbuf(this);
}

WrappedOutput::~WrappedOutput() {
    WrappedOutput::sync();
    const std::string rest = wrapped(line_, width_);
    inner_->sputn(rest.data(), static_cast<std::streamsize>(rest.size()));
    inner_->pubsync();
    out_.rdbuf(inner_);
}

int WrappedOutput::overflow(int c) {
    if (c == traits_type::eof()) return 0;
    line_ += static_cast<char>(c);
    if (c != '\n') return c;
    const std::string text = wrapped(line_, width_);
    line_.clear();
    const auto size = static_cast<std::streamsize>(text.size());
    return inner_->sputn(text.data(), size) == size ? c : traits_type::eof();
}

int WrappedOutput::sync() { return inner_->pubsync(); }

}  // namespace station::check
