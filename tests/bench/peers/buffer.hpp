// Bytes on their way: put in at the end, dropped from the front. Grows, and never shrinks; one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace station::peers {

// Of RESP and of NATS.
inline constexpr std::string_view kLineEnd = "\r\n";

class Buffer {
  public:
    bool empty() const { return begin_ == end_; }
    std::size_t size() const { return end_ - begin_; }
    std::string_view view() const { return {bytes_.get() + begin_, size()}; }

    void put(std::string_view text) {
        std::memcpy(space(text.size()).data(), text.data(), text.size());
        end_ += text.size();
    }

    // Room for at least so many more bytes; filled() says how many were written to it.
    std::span<char> space(std::size_t least) {
        if (capacity_ - end_ < least) make_room(least);
        return {bytes_.get() + end_, capacity_ - end_};
    }

    void filled(std::size_t count) { end_ += count; }

    // The last `count` bytes, to be changed in place.
    std::span<char> back(std::size_t count) { return {bytes_.get() + end_ - count, count}; }

    void drop(std::size_t count) {
        begin_ += count;
        if (begin_ == end_) begin_ = end_ = 0;
    }

  private:
    void make_room(std::size_t least) {
        const std::size_t held = size();
        if (capacity_ < held + least) {
            capacity_ = std::max<std::size_t>(2 * (held + least), 4096);
            auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
            std::copy_n(bytes_.get() + begin_, held, larger.get());
            bytes_ = std::move(larger);
        } else {
            std::copy_n(bytes_.get() + begin_, held, bytes_.get());
        }
        begin_ = 0;
        end_ = held;
    }

    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace station::peers
