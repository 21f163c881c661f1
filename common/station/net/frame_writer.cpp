#include <array>
#include <station/net/frame_reader.hpp>
#include <station/net/frame_writer.hpp>

namespace station::net {
namespace {

constexpr std::uint8_t kMasked = 0x80;

// With `masked` added to the length's first byte.
void put_start(std::string& out, std::uint8_t first, std::size_t length, std::uint8_t masked) {
    const std::size_t extended = length < 126 ? 0 : length < 65536 ? 2 : 8;
    const std::size_t seven = extended == 0 ? length : extended == 2 ? 126 : 127;
    std::array<char, 10> bytes{static_cast<char>(first), static_cast<char>(masked | seven)};
    for (std::size_t i = 0; i < extended; ++i) {
        bytes[2 + i] = static_cast<char>(std::uint64_t{length} >> (8 * (extended - 1 - i)) & 0xFF);
    }
    out.append(bytes.data(), 2 + extended);
}

}  // namespace

void put_frame_header(std::string& out, std::uint8_t first, std::size_t length) { put_start(out, first, length, 0); }

void put_masked_frame(std::string& out, std::uint8_t first, std::string_view payload, std::uint32_t mask) {
    put_start(out, first, payload.size(), kMasked);
    const auto byte = [&](int shift) { return static_cast<std::uint8_t>(mask >> shift); };
    const Mask bytes{byte(24), byte(16), byte(8), byte(0)};
    out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const std::size_t at = out.size();
    out += payload;
    apply_mask(out.data() + at, payload.size(), bytes);
}

}  // namespace station::net
