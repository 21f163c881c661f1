#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <station/app/token_file.hpp>
#include <station/base/descriptor.hpp>
#include <station/base/text.hpp>
#include <string_view>
#include <system_error>

namespace station::app {
namespace {

bool may_stand_in_a_header(char c) {
    return base::is_alphanumeric(c) || std::string_view{"-._~+/="}.find(c) != std::string_view::npos;
}

// Empty where the file is as private as it must be.
std::string exposure(const struct stat& status) {
    const mode_t forbidden = status.st_uid == 0 ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO;
    if ((status.st_mode & forbidden) == 0) return {};
    return "others than its owner may read or change it: chmod 600 it";
}

// Up to one byte more than a token and its line's end may have.
bool read_all(int fd, std::string& text) {
    text.resize(kLongestToken + 3);
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t bytes = ::read(fd, text.data() + size, text.size() - size);
        if (bytes < 0 && errno == EINTR) continue;
        if (bytes < 0) return false;
        if (bytes == 0) break;
        size += static_cast<std::size_t>(bytes);
    }
    text.resize(size);
    return true;
}

}  // namespace

tl::expected<std::string, std::string> read_token_file(const std::string& path) {
    const auto problem = [&](const std::string& what) { return tl::unexpected(path + ": " + what); };
    const base::Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)};
    struct stat status {};
    std::string token;
    // Asked of the open file: the path could name another one a moment later.
    if (!file || ::fstat(file.get(), &status) != 0) {
        return problem(std::generic_category().message(errno));
    }
    if (const std::string exposed = exposure(status); !exposed.empty()) return problem(exposed);
    if (!read_all(file.get(), token)) return problem(std::generic_category().message(errno));
    if (token.ends_with('\n')) token.pop_back();
    if (token.ends_with('\r')) token.pop_back();
    if (token.size() < kShortestToken) {
        return problem("a token must have " + std::to_string(kShortestToken) + " characters or more");
    }
    if (token.size() > kLongestToken) {
        return problem("a token may have " + std::to_string(kLongestToken) + " characters at most");
    }
    if (!std::ranges::all_of(token, may_stand_in_a_header)) {
        return problem("a token is one line of letters, digits and -._~+/=");
    }
    return token;
}

}  // namespace station::app
