#include "wslay_frames.hpp"

#include <sys/types.h>
#include <wslay/wslay.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <station/net/frame_reader.hpp>
#include <string>

#include "fuzz.hpp"

namespace station::fuzz {
namespace {

using net::FrameReader;

struct Frame {
    bool fin = false;
    bool masked = false;
    std::uint8_t reserved_bits = 0;
    std::uint8_t opcode = 0;
    std::uint64_t length = 0;
    std::string payload;  // as much of it as is there
    bool operator==(const Frame&) const = default;
};

struct Frames {
    std::vector<Frame> frames;
    bool broken = false;
};

Frames read_with_ours(FrameReader& reader, const std::vector<std::string_view>& pieces) {
    Frames found;
    for (std::string_view input : pieces) {
        FrameReader::Piece piece;
        auto result = reader.next(input, piece);
        for (; result == FrameReader::Result::piece; result = reader.next(input, piece)) {
            const auto& frame = piece.frame;
            if (piece.first) {
                found.frames.push_back({frame.fin, frame.masked, frame.reserved_bits, frame.opcode, frame.length, {}});
            }
            piece.append_to(found.frames.back().payload);
            require(piece.last == (found.frames.back().payload.size() == frame.length), "the last piece is the last");
        }
        found.broken = result == FrameReader::Result::broken;
        if (found.broken) break;
    }
    return found;
}

class Wslay {
  public:
    Wslay() {
        const wslay_frame_callbacks callbacks{nullptr, &Wslay::on_recv, nullptr};
        require(wslay_frame_context_init(&context_, &callbacks, this) == 0, "wslay begins");
    }
    ~Wslay() { wslay_frame_context_free(context_); }
    Wslay(const Wslay&) = delete;
    Wslay& operator=(const Wslay&) = delete;

    Frames read(const std::vector<std::string_view>& pieces) {
        Frames found;
        std::uint64_t left = 0;
        for (const auto piece : pieces) {
            input_ = piece;
            while (true) {
                wslay_frame_iocb frame{};
                const ssize_t size = wslay_frame_recv(context_, &frame);
                if (size == WSLAY_ERR_WANT_READ) break;
                found.broken = size < 0;
                if (found.broken) return found;
                if (left == 0) {
                    found.frames.push_back(
                        {frame.fin != 0, frame.mask != 0, frame.rsv, frame.opcode, frame.payload_length, {}});
                    left = frame.payload_length;
                }
                found.frames.back().payload.append(reinterpret_cast<const char*>(frame.data), frame.data_length);
                left -= frame.data_length;
            }
        }
        return found;
    }

  private:
    // 0 makes wslay_frame_recv() return WSLAY_ERR_WANT_READ.
    static ssize_t on_recv(std::uint8_t* to, std::size_t room, int, void* self) {
        auto& input = static_cast<Wslay*>(self)->input_;
        const std::size_t size = std::min(room, input.size());
        std::memcpy(to, input.data(), size);
        input.remove_prefix(size);
        return static_cast<ssize_t>(size);
    }

    wslay_frame_context_ptr context_ = nullptr;
    std::string_view input_;
};

// wslay tells of a frame with the first byte of its payload, not with its header.
void drop_header_alone(Frames& found) {
    if (!found.frames.empty() && found.frames.back().length > 0 && found.frames.back().payload.empty()) {
        found.frames.pop_back();
    }
}

}  // namespace

void compare_with_wslay(const std::vector<std::string_view>& pieces) {
    const Frames theirs = Wslay{}.read(pieces);
    FrameReader reader;
    Frames ours = read_with_ours(reader, pieces);
    drop_header_alone(ours);
    require(ours.frames == theirs.frames, "wslay finds the same frames");
    if (theirs.broken && !ours.broken) {
        // wslay looks at a header before its mask is there.
        const std::string rest(14, '\0');
        ours = read_with_ours(reader, {rest});
    }
    require(ours.broken == theirs.broken, "wslay finds the same mistakes");
}

}  // namespace station::fuzz
