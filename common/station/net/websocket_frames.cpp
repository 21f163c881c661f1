// What goes out, and the handshake's key: the parts of WebSocket without state.
#include <station/base/base64.hpp>
#include <station/net/frame_reader.hpp>
#include <station/net/sha1.hpp>
#include <station/net/websocket.hpp>

namespace station::net {
namespace {

constexpr std::uint8_t kFin = 0x80;
constexpr std::uint8_t kMasked = 0x80;

void put_big_endian(std::string& out, std::uint64_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
}

void put_frame_start(std::string& out, Opcode opcode, std::size_t length, std::uint8_t masked) {
    out += static_cast<char>(kFin | static_cast<std::uint8_t>(opcode));
    if (length < 126) {
        out += static_cast<char>(masked | length);
    } else if (length < 65536) {
        out += static_cast<char>(masked | 126);
        put_big_endian(out, length, 2);
    } else {
        out += static_cast<char>(masked | 127);
        put_big_endian(out, length, 8);
    }
}

// 16 bytes, in the one way that a proper encoder writes them: with nothing left over in the last digit.
bool is_key(std::string_view key) {
    const auto bytes = base::decode_base64(key);
    return bytes && bytes->size() == 16 && base::base64(*bytes) == key;
}

}  // namespace

void WebSocket::put_header(std::string& out, Opcode opcode, std::size_t length) {
    put_frame_start(out, opcode, length, 0);
}

void WebSocket::put_masked(std::string& out, Opcode opcode, std::span<const std::byte> payload, std::uint32_t mask) {
    put_frame_start(out, opcode, payload.size(), kMasked);
    put_big_endian(out, mask, 4);
    const std::size_t at = out.size();
    out.append(reinterpret_cast<const char*>(payload.data()), payload.size());
    const auto byte = [&](int shift) { return static_cast<std::uint8_t>(mask >> shift); };
    apply_mask(out.data() + at, payload.size(), {byte(24), byte(16), byte(8), byte(0)});
}

std::optional<std::string> WebSocket::accept_key(std::string_view key) {
    if (!is_key(key)) return std::nullopt;
    const auto digest = sha1(std::string{key} + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    return base::base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace station::net
