#include <loadgen/hammer/talk/chat_socket.hpp>

#include <loadgen/hammer/text.hpp>

namespace station::hammer::talk {
namespace {

constexpr std::size_t kLongestAnswer = 16384;
// RFC 6455's own sample, as the other sockets here: the nonce guards against caches, of which there are none.
constexpr std::string_view kNonce = "dGhlIHNhbXBsZSBub25jZQ==";

}  // namespace

ChatSocket::ChatSocket(const net::Endpoint& server, const std::string& cookie, std::uint32_t seed)
    : mask_(seed * 2654435769U + 1) {
    const std::string host = net::to_string(server);
    out_ = "GET /chat/ws HTTP/1.1\r\nHost: " + host + "\r\nOrigin: http://" + host + "\r\nCookie: " + cookie +
           "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
           std::string{kNonce} + "\r\n\r\n";
}

void ChatSocket::sent(std::size_t bytes) {
    sent_ += bytes;
    if (sent_ < out_.size()) return;
    out_.clear();
    sent_ = 0;
}

void ChatSocket::received(std::string_view bytes, Texts& texts) {
    texts_ = &texts;
    if (!upgraded_) bytes.remove_prefix(take_head(bytes));
    if (upgraded_ && !bytes.empty()) socket_.feed(bytes, *this);
    socket_.take_output(out_);
}

// Returns how many bytes belong to the head.
std::size_t ChatSocket::take_head(std::string_view bytes) {
    const std::size_t before = head_.size();
    head_ += bytes;
    const std::size_t end = head_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
    if (end == std::string::npos) {
        if (head_.size() > kLongestAnswer) problem_ = "no end of the answer to the upgrade";
        return bytes.size();
    }
    const std::string_view head = std::string_view{head_}.substr(0, end);
    if (!head.starts_with("HTTP/1.1 101 ") ||
        head.find(*net::WebSocket::accept_key(kNonce)) == std::string_view::npos) {
        problem_ = "the upgrade to a WebSocket was refused: " + shown(head.substr(0, head.find('\r')));
        return bytes.size();
    }
    upgraded_ = true;
    const std::size_t taken = end + 4 - before;
    head_ = {};
    return taken;
}

void ChatSocket::on_binary(std::span<const std::byte> /*bytes*/) {
    problem_ = "the chat sent a message that is no text";
}

void ChatSocket::put(std::string_view text) {
    mask_ = mask_ * 1664525U + 1013904223U;
    net::WebSocket::put_masked(out_, net::Opcode::text, std::as_bytes(std::span{text.data(), text.size()}), mask_);
}

void ChatSocket::close() {
    socket_.close(net::CloseCode::normal);
    socket_.take_output(out_);
}

}  // namespace station::hammer::talk
