#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <station/app/config_file.hpp>
#include <station/base/descriptor.hpp>
#include <station/base/text.hpp>
#include <system_error>
#include <utility>

namespace station::app {
namespace {

bool may_stand_in_a_name(char c) { return base::is_alphanumeric(c) || c == '-' || c == '_'; }

// A byte that no editor shows would be part of the value all the same.
bool is_hidden(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

// What is wrong with one line that is no comment; empty: nothing.
std::string split_line(std::string_view text, ConfigLine& line) {
    const std::size_t equals = text.find('=');
    const std::string_view name = base::trim(text.substr(0, equals));
    if (std::ranges::any_of(text, is_hidden)) return "a control character";
    if (equals == std::string_view::npos || name.empty() || !std::ranges::all_of(name, may_stand_in_a_name)) {
        return "expected NAME = VALUE, got " + std::string{text};
    }
    const std::string_view value = base::trim(text.substr(equals + 1));
    line.name = name;
    line.value = value;
    if (value.empty()) return line.name + ": expected a value, got none; put a # before the line to leave it out";
    // Both are taken for what other files mean by them, and would be part of a folder's name without a word.
    if (value.front() == '"' || value.front() == '\'') return line.name + ": a value has no quotes around it";
    if (value.find(" #") != std::string_view::npos || value.find("\t#") != std::string_view::npos) {
        return line.name + ": a comment has a line of its own";
    }
    return {};
}

// errno says what went wrong. One byte more than a file may have tells that it has too many.
bool read_whole(int fd, std::string& text) {
    char bytes[4096];
    while (text.size() <= kLargestConfigFile) {
        const ssize_t size = ::read(fd, bytes, sizeof bytes);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return false;
        if (size == 0) break;
        text.append(bytes, static_cast<std::size_t>(size));
    }
    return true;
}

}  // namespace

tl::expected<std::vector<ConfigLine>, std::string> parse_config(std::string_view text) {
    std::vector<ConfigLine> lines;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view one = base::trim(text.substr(0, end), " \t\r");
        text.remove_prefix(std::min(end + 1, text.size()));
        if (one.empty() || one.front() == '#') continue;
        ConfigLine line{number, {}, {}};
        if (const std::string wrong = split_line(one, line); !wrong.empty()) {
            return tl::unexpected(std::to_string(number) + ": " + wrong);
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

tl::expected<std::vector<ConfigLine>, std::string> read_config_file(const std::string& path) {
    const base::Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)};
    std::string text;
    if (!file || !read_whole(file.get(), text)) {
        return tl::unexpected(path + ": " + std::generic_category().message(errno));
    }
    if (text.size() > kLargestConfigFile) {
        return tl::unexpected(path + ": a file of options has " + std::to_string(kLargestConfigFile) +
                              " bytes at most");
    }
    auto lines = parse_config(text);
    if (!lines) return tl::unexpected(path + ":" + lines.error());
    return lines;
}

}  // namespace station::app
