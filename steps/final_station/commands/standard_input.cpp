#include "standard_input.hpp"

#include <unistd.h>

#include <cerrno>

namespace station::final_station {

bool StandardInput::next(std::string& payload) {
    const std::size_t end = bytes_.find('\n', searched_);
    if (end == std::string::npos) {
        searched_ = bytes_.size();
        if (!closed_ || at_end()) return false;
    }
    payload = bytes_.substr(begin_, end == std::string::npos ? end : end - begin_);
    if (!keep_cr_ && payload.ends_with('\r')) payload.pop_back();
    begin_ = searched_ = end == std::string::npos ? bytes_.size() : end + 1;
    return true;
}

int StandardInput::descriptor() const { return closed_ ? -1 : STDIN_FILENO; }

void StandardInput::read() {
    bytes_.erase(0, begin_);
    searched_ -= begin_;
    begin_ = 0;
    const ssize_t bytes = ::read(STDIN_FILENO, room_.data(), room_.size());
    if (bytes > 0) bytes_.append(room_.data(), static_cast<std::size_t>(bytes));
    failed_ = bytes < 0 && errno != EINTR && errno != EAGAIN;
    closed_ = bytes == 0 || failed_;
}

}  // namespace station::final_station
