#include <station/wire/line_buffer.hpp>

#include <algorithm>
#include <cstring>

namespace station::wire {
namespace {

constexpr std::size_t kSmallestBlock = 4096;
constexpr std::size_t kLargestRead = 65536;

}  // namespace

std::span<char> LineBuffer::prepare() {
    // A full block means that the client sends more than we take at once: take more next time.
    const bool full = end_ == bytes_.size();
    if (begin_ > 0) {
        std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
        scanned_ -= begin_;
        end_ -= begin_;
        begin_ = 0;
    }
    const std::size_t largest = max_line_ + kLargestRead;
    if (full && bytes_.size() < largest) bytes_.resize(std::clamp(bytes_.size() * 2, kSmallestBlock, largest));
    return std::span{bytes_}.subspan(end_);
}

void LineBuffer::commit(std::size_t bytes) { end_ += bytes; }

Line LineBuffer::next() {
    while (!too_long_ && scanned_ < end_) {
        const char* const start = bytes_.data() + begin_;
        const void* const found = std::memchr(bytes_.data() + scanned_, '\n', end_ - scanned_);
        if (found == nullptr) {
            scanned_ = end_;
            break;
        }
        auto length = static_cast<std::size_t>(static_cast<const char*>(found) - start);
        begin_ = scanned_ = begin_ + length + 1;
        if (length > 0 && start[length - 1] == '\r') --length;
        too_long_ = length > max_line_;
        if (length > 0 && !too_long_) return {LineStatus::complete, {start, length}};
    }
    // One byte more may still turn out to be the '\r' that does not count.
    const std::size_t pending = end_ - begin_;
    too_long_ = too_long_ || pending > max_line_ + 1 || (pending == max_line_ + 1 && bytes_[end_ - 1] != '\r');
    return {too_long_ ? LineStatus::too_long : LineStatus::incomplete, {}};
}

}  // namespace station::wire
