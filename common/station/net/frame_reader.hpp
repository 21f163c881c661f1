// The frames of RFC 6455, section 5.2, piece by piece as their bytes come in. wslay reads them, but for the mask: it
// unmasks byte for byte, which is twenty times slower than a word at a time. So it is shown each frame as if it were
// not masked, and the mask is taken off where the payload is copied anyway.
//
// Costs no memory of its own between two frames: wslay's state, of 4 KiB and a bit, belongs to the thread and is
// borrowed while a payload is under way.
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
        std::uint64_t length = 0;  // of the frame's whole payload
        std::string_view bytes;    // as they were sent; valid until the next call
        Mask mask{};               // whose first byte meets the first of `bytes`

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
    // No more bytes for now. Between two frames, gives back what was borrowed.
    void rest();
    // The beginning of a frame is here, and its end is not.
    bool inside_frame() const { return collected_ > 0; }

  private:
    class Wslay;

    std::size_t short_length() const { return header_[1] & 0x7FU; }
    bool masked() const { return (header_[1] & 0x80U) != 0; }
    std::size_t length_end() const;
    bool collect_header(std::string_view& input);
    std::size_t give(std::string_view& input, std::uint8_t* to, std::size_t room);
    void begin_frame(std::uint64_t length);

    std::unique_ptr<Wslay> wslay_;
    std::array<std::uint8_t, 14> header_{};
    std::uint8_t collected_ = 0;  // bytes of the header that are here
    std::uint8_t shown_ = 0;      // bytes of it that wslay has seen
    bool in_payload_ = false;
    std::uint64_t left_ = 0;  // of the payload
    Piece frame_;             // what all its pieces say
};

}  // namespace station::net
