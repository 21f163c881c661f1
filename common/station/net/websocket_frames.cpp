// What goes out without compression, and the handshake's key: the parts of WebSocket without state.
#include <station/base/base64.hpp>
#include <station/net/frame_writer.hpp>
#include <station/net/sha1.hpp>
#include <station/net/websocket.hpp>

namespace station::net {
namespace {

std::uint8_t whole(Opcode opcode) { return kFin | static_cast<std::uint8_t>(opcode); }

// 16 bytes, in the one way that a proper encoder writes them: with nothing left over in the last digit.
bool is_key(std::string_view key) {
    const auto bytes = base::decode_base64(key);
    return bytes && bytes->size() == 16 && base::base64(*bytes) == key;
}

}  // namespace

void WebSocket::put_header(std::string& out, Opcode opcode, std::size_t length) {
    put_frame_header(out, whole(opcode), length);
}

void WebSocket::put_masked(std::string& out, Opcode opcode, std::span<const std::byte> payload, std::uint32_t mask) {
    put_masked_frame(out, whole(opcode), {reinterpret_cast<const char*>(payload.data()), payload.size()}, mask);
}

std::optional<std::string> WebSocket::accept_key(std::string_view key) {
    if (!is_key(key)) return std::nullopt;
    const auto digest = sha1(std::string{key} + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    return base::base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace station::net
