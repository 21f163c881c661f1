// What the subscriptions of one I/O thread have in common. Whoever reads on first encodes for all that stand where it
// stood: they send the same bytes and go on at its place; who stands elsewhere reads for itself. So a chunk is nothing
// but a short cut from one position to another, there is no "live" and no "replay", and no seam between them.
//
// No lock and no counts of users: it belongs to the thread, as what is sent does. What it holds is bounded, however
// many topics there are. The idea is that of shared scans (Unterbrunner et al., 2009) and of the kernel's page cache.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/engine.hpp"

namespace station::final_station {

// Whose bytes are the same.
struct TailKey {
    std::uint32_t stream = 0;
    int form = 0;  // see Codec::form_of()

    friend bool operator==(const TailKey&, const TailKey&) = default;
};

struct TailChunk {
    TailKey key;
    std::uint64_t from = 0;  // the offset that it begins with
    engine::Cursor::Place to;
    std::size_t events = 0;
    std::int64_t last_time = 0;
    std::string bytes;  // as they go over the wire
};

class Tail {
  public:
    // Who is further behind reads alone: nobody else stands there.
    static constexpr std::uint64_t kEvents = 4096;
    // Of the events in a chunk, about. A larger one is read and encoded by each for itself: nothing large is kept.
    static constexpr std::size_t kBytes = std::size_t{256} << 10;

    const TailChunk* find(const TailKey& key, std::uint64_t position) const {
        for (const TailChunk& chunk : chunks_) {
            if (chunk.to != nullptr && chunk.from == position && chunk.key == key) return &chunk;
        }
        return nullptr;
    }
    // In the place of the oldest one. Nobody finds it before it leads somewhere.
    TailChunk& replace() {
        TailChunk& oldest = chunks_[next_++ % chunks_.size()];
        oldest.to = nullptr;
        oldest.bytes.clear();
        if (oldest.bytes.capacity() > 2 * kBytes) oldest.bytes.shrink_to_fit();
        return oldest;
    }

  private:
    std::array<TailChunk, 16> chunks_;
    std::size_t next_ = 0;
};

}  // namespace station::final_station
