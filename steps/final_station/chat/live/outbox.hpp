// Whole frames that wait to be sent to one client, in their order. Empty, it keeps no memory.
//
// Belongs to its connection's thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace station::chat {

class Outbox {
  public:
    static constexpr std::size_t kChunk = std::size_t{64} << 10;  // bytes that small frames are put together to

    void add(std::string_view frame) {
        if (chunks_.empty() || chunks_.back().shared || chunks_.back().own.size() + frame.size() > kChunk) {
            chunks_.emplace_back();
        }
        chunks_.back().own += frame;
        bytes_ += frame.size();
    }
    // One that many are told: a list of thousands, copied for thousands, would be gigabytes.
    void add(std::shared_ptr<const std::string> frame) {
        if (frame->size() < kWorthSharing) return add(std::string_view{*frame});
        bytes_ += frame->size();
        chunks_.push_back({{}, std::move(frame)});
    }
    // All that another one holds.
    void add(Outbox other) {
        for (Chunk& chunk : other.chunks_) {
            if (chunk.text().empty()) continue;
            bytes_ += chunk.text().size();
            chunks_.push_back(std::move(chunk));
        }
    }
    // Appends chunks as long as `out` holds less than `most`.
    void move_to(std::string& out, std::size_t most) {
        while (first_ < chunks_.size() && out.size() < most) {
            Chunk& chunk = chunks_[first_++];
            bytes_ -= chunk.text().size();
            out += chunk.text();
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
    static constexpr std::size_t kWorthSharing = 1024;
    struct Chunk {
        std::string own;
        std::shared_ptr<const std::string> shared = nullptr;  // instead

        std::string_view text() const { return shared ? std::string_view{*shared} : std::string_view{own}; }
    };
    std::vector<Chunk> chunks_;
    std::size_t first_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace station::chat
