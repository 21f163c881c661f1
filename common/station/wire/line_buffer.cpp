#include <station/wire/line_buffer.hpp>

#include <cstring>

namespace station::wire {
namespace {

constexpr std::size_t kRead = 65536;

// True where there is no '\r' and no empty line. Written so that the compiler can look at many bytes at a time: this is
// what an echo server spends its own time on.
bool has_nothing_to_drop(std::string_view lines) {
    if (lines.front() == '\n' || std::memchr(lines.data(), '\r', lines.size()) != nullptr) return false;
    unsigned char empty_lines = 0;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        empty_lines |= static_cast<unsigned char>(int{lines[i - 1] == '\n'} & int{lines[i] == '\n'});
    }
    return empty_lines == 0;
}

}  // namespace

LineBuffer::LineBuffer(std::size_t max_line)
    : max_line_(max_line), own_block_(std::make_unique<ReadBlock>()), block_(own_block_.get()) {}

LineBuffer::LineBuffer(ReadBlock& block, std::size_t max_line) : max_line_(max_line), block_(&block) {}

LineBuffer::~LineBuffer() {
    if (block_->user_ == this) block_->user_ = nullptr;
}

std::span<char> LineBuffer::prepare() {
    std::vector<char>& bytes = block_->bytes_;
    const std::size_t pending = end_ - begin_;
    if (block_->user_ != nullptr && block_->user_ != this) block_->user_->leave_block();
    if (bytes.size() < pending + kRead) bytes.resize(pending + kRead);
    if (pending > 0) std::memmove(bytes.data(), data() + begin_, pending);
    if (block_->user_ != this) kept_ = {};
    block_->user_ = this;
    scanned_ -= begin_;
    begin_ = 0;
    end_ = pending;
    return std::span{bytes}.subspan(end_);
}

void LineBuffer::commit(std::size_t bytes) { end_ += bytes; }

void LineBuffer::leave_block() {
    kept_.assign(data() + begin_, data() + end_);
    block_->user_ = nullptr;
    scanned_ -= begin_;
    end_ -= begin_;
    begin_ = 0;
}

char* LineBuffer::data() { return block_->user_ == this ? block_->bytes_.data() : kept_.data(); }

Line LineBuffer::next() {
    while (!too_long_ && scanned_ < end_) {
        const char* const start = data() + begin_;
        const void* const found = std::memchr(data() + scanned_, '\n', end_ - scanned_);
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
    return end_of_lines();
}

Line LineBuffer::next_run() {
    const std::string_view pending{data() + begin_, end_ - begin_};
    const std::size_t whole = pending.rfind('\n') + 1;
    if (!too_long_ && whole > 0 && whole <= max_line_ && has_nothing_to_drop(pending.substr(0, whole))) {
        begin_ = scanned_ = begin_ + whole;
        return {LineStatus::complete, pending.substr(0, whole)};
    }

    char* const run = data() + begin_;
    char* out = run;
    while (true) {
        const Line line = next();
        if (line.status != LineStatus::complete) {
            if (out == run) return line;  // otherwise the next call says it
            return {LineStatus::complete, {run, static_cast<std::size_t>(out - run)}};
        }
        if (out != line.text.data()) std::memmove(out, line.text.data(), line.text.size());
        out += line.text.size();
        *out++ = '\n';
    }
}

Line LineBuffer::end_of_lines() {
    // One byte more may still turn out to be the '\r' that does not count.
    const std::size_t pending = end_ - begin_;
    too_long_ = too_long_ || pending > max_line_ + 1 || (pending == max_line_ + 1 && data()[end_ - 1] != '\r');
    return {too_long_ ? LineStatus::too_long : LineStatus::incomplete, {}};
}

}  // namespace station::wire
