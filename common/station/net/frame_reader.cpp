#include <algorithm>
#include <cstring>
#include <station/net/frame_reader.hpp>

namespace station::net {
namespace {

constexpr std::uint8_t kBit7 = 0x80;  // FIN in a header's first byte, MASK in its second

// A header's size is told by its second byte.
std::size_t extended_bytes(std::uint8_t second) {
    const unsigned seven = second & 0x7FU;
    return seven == 127 ? 8 : seven == 126 ? 2 : 0;
}

std::size_t header_size(std::uint8_t second) {
    return 2 + extended_bytes(second) + ((second & kBit7) != 0 ? sizeof(Mask) : 0);
}

}  // namespace

// Words are loaded and stored by memcpy, which every compiler makes one instruction of, whatever the address.
void apply_mask(char* bytes, std::size_t size, const Mask& mask) {
    std::array<std::uint8_t, 8> twice{};
    for (std::size_t i = 0; i < twice.size(); ++i) twice[i] = mask[i % mask.size()];
    std::uint64_t key = 0;
    std::memcpy(&key, twice.data(), sizeof key);
    std::size_t at = 0;
    for (; at + sizeof key <= size; at += sizeof key) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes + at, sizeof word);
        word ^= key;
        std::memcpy(bytes + at, &word, sizeof word);
    }
    for (; at < size; ++at) bytes[at] = static_cast<char>(static_cast<std::uint8_t>(bytes[at]) ^ mask[at % 4]);
}

void FrameReader::Piece::append_to(std::string& out) const {
    const std::size_t at = out.size();
    out.append(bytes);
    if (frame.masked) apply_mask(out.data() + at, bytes.size(), mask);
}

bool FrameReader::collect_header(std::string_view& input) {
    for (;;) {
        const std::size_t size = collected_ < 2 ? 2 : header_size(bytes_[1]);
        if (collected_ == size) return true;
        if (input.empty()) return false;
        const std::size_t taken = std::min(size - collected_, input.size());
        std::memcpy(bytes_.data() + collected_, input.data(), taken);
        collected_ = static_cast<std::uint8_t>(collected_ + taken);
        input.remove_prefix(taken);
    }
}

// False where the frame can't be right.
bool FrameReader::decode_header() {
    frame_ = {.fin = (bytes_[0] & kBit7) != 0,
              .masked = (bytes_[1] & kBit7) != 0,
              .reserved_bits = static_cast<std::uint8_t>(bytes_[0] >> 4 & 7U),
              .opcode = static_cast<std::uint8_t>(bytes_[0] & 15U),
              .length = bytes_[1] & 0x7FU};
    const std::size_t extended = extended_bytes(bytes_[1]);
    if (extended > 0) {
        frame_.length = 0;
        for (std::size_t i = 0; i < extended; ++i) frame_.length = frame_.length << 8 | bytes_[2 + i];
        if (frame_.length < (extended == 2 ? 126U : 65536U) || frame_.length >> 63 != 0) return false;
    }
    if (is_control(frame_.opcode) && (!frame_.fin || frame_.length > kMaxControlPayload)) return false;
    if (frame_.masked) std::memcpy(mask_.data(), bytes_.data() + 2 + extended, mask_.size());
    left_ = frame_.length;
    return true;
}

FrameReader::Result FrameReader::next(std::string_view& input, Piece& piece) {
    const bool first = !in_payload_;
    if (first) {
        if (!collect_header(input)) return Result::need_more;
        if (!decode_header()) return Result::broken;
        in_payload_ = true;
    } else if (input.empty()) {
        return Result::need_more;
    }
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
    piece = {.frame = frame_, .first = first, .last = size == left_, .bytes = input.substr(0, size), .mask = mask_};
    input.remove_prefix(size);
    left_ -= size;
    std::rotate(mask_.begin(), mask_.begin() + static_cast<std::ptrdiff_t>(size % mask_.size()), mask_.end());
    if (piece.last) {
        collected_ = 0;
        in_payload_ = false;
    }
    return Result::piece;
}

}  // namespace station::net
