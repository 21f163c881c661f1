// Whole frames that wait to be sent to one client, in their order. Empty, it keeps no memory.
//
// Belongs to its connection's thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace station::chat {

class Outbox {
  public:
    static constexpr std::size_t kChunk = std::size_t{64} << 10;  // bytes that small frames are put together to

    void add(std::string_view frame) {
        if (chunks_.empty() || chunks_.back().size() + frame.size() > kChunk) chunks_.emplace_back();
        chunks_.back() += frame;
        bytes_ += frame.size();
    }
    // All that another one holds.
    void add(Outbox other) {
        for (std::string& chunk : other.chunks_) {
            if (chunk.empty()) continue;
            bytes_ += chunk.size();
            chunks_.push_back(std::move(chunk));
        }
    }
    // Appends chunks as long as `out` holds less than `most`.
    void move_to(std::string& out, std::size_t most) {
        while (first_ < chunks_.size() && out.size() < most) {
            std::string& chunk = chunks_[first_++];
            bytes_ -= chunk.size();
            out += chunk;
            chunk = {};
        }
        if (first_ == chunks_.size()) clear();
    }
    void clear() {
        chunks_ = {};
        first_ = bytes_ = 0;
    }

    bool empty() const { return bytes_ == 0; }
    std::size_t bytes() const { return bytes_; }

  private:
    std::vector<std::string> chunks_;
    std::size_t first_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace station::chat
