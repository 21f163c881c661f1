// The frames of RFC 6455, section 5.2, piece by piece as their bytes come in: headers are decoded wherever they are
// cut, payloads are handed on as views of the input. Nothing is copied and no memory is taken, so that whoever joins
// the pieces decides, by the header, whether they are worth memory at all.
//
// Refuses what no extension can make right: a length in more bytes than it needs, or of 2^63 and above, and a control
// frame that is fragmented or longer than 125 bytes. Masks, reserved bits and opcodes are told, for the caller to
// judge.
//
// Not thread-safe: belongs to its connection's thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace station::net {

using Mask = std::array<std::uint8_t, 4>;

// XORs with the mask, whose first byte meets the first of `bytes`.
void apply_mask(char* bytes, std::size_t size, const Mask& mask);

// Section 5.5: of opcodes, the ones with this bit are control frames, known or not.
constexpr bool is_control(std::uint8_t opcode) { return (opcode & 8U) != 0; }
inline constexpr std::size_t kMaxControlPayload = 125;

class FrameReader {
  public:
    struct Header {
        bool fin = false;
        bool masked = false;
        std::uint8_t reserved_bits = 0;  // RSV1 is 4, RSV2 is 2, RSV3 is 1
        std::uint8_t opcode = 0;
        std::uint64_t length = 0;  // of the frame's whole payload
    };
    struct Piece {
        Header frame;
        bool first = false;  // of its frame: time to look at the header
        bool last = false;
        std::string_view bytes;  // as they were sent, part of the input
        Mask mask{};             // whose first byte meets the first of `bytes`

        // The payload that this piece is, unmasked.
        void append_to(std::string& out) const;
    };
    enum class Result { piece, need_more, broken };

    // Takes the next piece off the front of `input`. A frame's first piece comes with the last byte of its header, and
    // has no bytes where none are there yet. After `broken` the reader is of no more use.
    Result next(std::string_view& input, Piece& piece);
    // The beginning of a frame is here, and its end is not.
    bool inside_frame() const { return collected_ > 0; }

  private:
    bool collect_header(std::string_view& input);
    bool decode_header();

    std::array<std::uint8_t, 14> bytes_{};  // of the header
    std::uint8_t collected_ = 0;            // of them
    bool in_payload_ = false;
    Header frame_;
    Mask mask_{};
    std::uint64_t left_ = 0;  // of the payload
};

}  // namespace station::net
