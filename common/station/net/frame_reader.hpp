// The frames of RFC 6455, section 5.2, piece by piece as their bytes come in. wslay reads them: every header and every
// payload of up to 125 bytes. Of a longer payload the rest passes wslay by, which would unmask it byte for byte.
//
// Costs no memory of its own between two frames: wslay's state, of 4 KiB and a bit, belongs to the thread and is
// borrowed while a frame is under way.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace station::net {

using Mask = std::array<std::uint8_t, 4>;

// XORs with the mask, whose first byte meets the first of `bytes`.
void apply_mask(char* bytes, std::size_t size, const Mask& mask);

class FrameReader {
  public:
    struct Piece {
        bool first = false;  // of its frame: time to look at the header
        bool last = false;
        bool fin = false;
        std::uint8_t reserved_bits = 0;
        std::uint8_t opcode = 0;
        bool masked = false;
        std::uint64_t length = 0;   // of the frame's whole payload
        std::string_view bytes;     // valid until the next call
        bool unmask_first = false;  // `bytes` are still as they were sent
        Mask mask{};

        // The payload that this piece is, unmasked.
        void append_to(std::string& out) const;
    };
    enum class Result { piece, need_more, broken };

    FrameReader();
    ~FrameReader();
    FrameReader(FrameReader&&) noexcept;
    FrameReader& operator=(FrameReader&&) noexcept;

    // Takes the next piece off the front of `input`. A frame without payload is one piece without bytes.
    Result next(std::string_view& input, Piece& piece);
    // Some bytes of a frame are here, if only of its header, and its end is not.
    bool inside_frame() const { return header_bytes_ > 0; }
    // No bytes for now: between two frames, gives back what was borrowed.
    void rest();

  private:
    class Wslay;

    std::size_t short_length() const { return header_[1] & 0x7FU; }
    std::size_t header_size() const;
    std::size_t wanted() const;
    std::size_t give(std::string_view& input, std::uint8_t* to, std::size_t room);
    Result ask_wslay(std::string_view& input, Piece& piece);
    Result pass_by(std::string_view& input, Piece& piece);

    std::unique_ptr<Wslay> wslay_;
    std::array<std::uint8_t, 14> header_{};  // what wslay was given of this frame's header
    std::uint8_t header_bytes_ = 0;
    bool in_payload_ = false;
    bool passing_by_ = false;
    std::uint64_t left_ = 0;  // of the payload, once a piece of it was told
    Piece frame_;             // its header
};

}  // namespace station::net
