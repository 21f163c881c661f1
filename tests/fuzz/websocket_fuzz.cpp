// WebSocket, both roles: what comes out does not depend on how the bytes are cut, never is more than the limits allow,
// and what is sent back is a protocol that the other side understands.
//
// The first byte chooses: bit 0 the role, bit 1 tight limits, bit 2 a close from the handler, bit 3 permessage-deflate,
// bits 4 and 5 whose context is not taken over, bit 6 the smallest windows. The second one the cuts.
#include <memory>
#include <span>
#include <station/net/websocket.hpp>
#include <string>

#include "fuzz.hpp"
#ifdef STATION_HAS_WSLAY
#include "wslay_frames.hpp"
#endif

using namespace station;
using net::WebSocket;

namespace {

struct Log final : WebSocket::Handler {
    WebSocket* closes = nullptr;
    std::size_t largest = 0;
    std::string again;  // the messages as a server would send them

    void on_text(std::string_view message) override { take(net::Opcode::text, message); }
    void on_binary(std::span<const std::byte> bytes) override {
        take(net::Opcode::binary, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }
    void take(net::Opcode opcode, std::string_view message) {
        WebSocket::put_header(again, opcode, message.size());
        again += message;
        largest = std::max(largest, message.size());
        if (closes != nullptr && message.size() == 1) closes->close(net::CloseCode::normal, "enough");
    }
};

struct Seen {
    std::string messages, sent;
    std::optional<std::uint16_t> code;
    bool finished = false, inside = false, close_sent = false;
    std::uint64_t pongs = 0;
    bool operator==(const Seen&) const = default;
};

std::optional<net::DeflateParameters> agreed(std::uint8_t choice) {
    if ((choice & 8) == 0) return std::nullopt;
    const int window_bits = (choice & 64) != 0 ? 9 : 15;
    return net::DeflateParameters{.server_no_context_takeover = (choice & 16) != 0,
                                  .client_no_context_takeover = (choice & 32) != 0,
                                  .server_max_window_bits = window_bits,
                                  .client_max_window_bits = window_bits};
}

Seen feed(WebSocket::Role role, std::uint8_t choice, const std::vector<std::string_view>& pieces) {
    net::WebSocketLimits limits;
    if ((choice & 2) != 0) limits = {.max_message = 100, .max_fragments = 4};
    WebSocket socket{role, limits, agreed(choice)};
    Log log;
    if ((choice & 4) != 0) log.closes = &socket;
    Seen seen;
    for (const auto piece : pieces) {
        socket.feed(piece, log);
        socket.take_output(seen.sent);
    }
    fuzz::require(log.largest <= limits.max_message, "no message is larger than the limit");
    fuzz::require(!socket.has_output(), "output is taken once");
    seen.messages = log.again;
    seen.code = socket.peer_close_code();
    seen.finished = socket.finished();
    seen.inside = !socket.finished() && socket.inside_message();
    seen.close_sent = socket.close_sent();
    seen.pongs = socket.pongs();
    return seen;
}

// A peer that is fed what was sent finds nothing wrong with it.
void check_understood(WebSocket::Role role, std::string_view sent, bool close_sent) {
    WebSocket peer{role};
    Log log;
    peer.feed(sent, log);
    fuzz::require(peer.close_received() == close_sent, "the close frame arrives, and only where one was sent");
    fuzz::require(peer.finished() == close_sent && !peer.inside_message(), "what is sent keeps to the protocol");
}

// Messages that one side compresses and the other one gets in pieces. What is changed on its way is understood alike,
// however it is cut.
void check_compressed(WebSocket::Role role, std::uint8_t choice, std::uint8_t seed, std::string_view bytes) {
    const auto deflate = agreed(choice);
    const auto other = role == WebSocket::Role::client ? WebSocket::Role::server : WebSocket::Role::client;
    WebSocket from{role, {}, deflate};
    WebSocket to{other, {}, deflate};
    Log log;
    std::string expected;
    std::string sent;
    for (const auto message : fuzz::cut(bytes, seed + 1U)) {
        WebSocket::put_header(expected, net::Opcode::binary, message.size());
        expected += message;
        from.put_compressed(sent, net::Opcode::binary, message);
    }
    for (const auto piece : fuzz::cut(sent, seed)) to.feed(piece, log);
    fuzz::require(!to.has_output() && log.again == expected, "what was compressed is expanded");

    if (sent.empty()) return;
    auto& changed = sent[bytes.size() * 31 % sent.size()];
    changed = static_cast<char>(changed ^ (seed | 1));
    const Seen whole = feed(other, choice, {sent});
    Seen pieces = feed(other, choice, fuzz::cut(sent, seed));
    fuzz::require(whole.sent.size() == pieces.sent.size(), "as much is sent, however the bytes are cut");
    pieces.sent = whole.sent;
    fuzz::require(whole == pieces, "the same is expanded, however the bytes are cut");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const auto role = (data[0] & 1) != 0 ? WebSocket::Role::client : WebSocket::Role::server;
    const std::string_view bytes = fuzz::as_text(data + 2, size - 2);
#ifdef STATION_HAS_WSLAY
    fuzz::compare_with_wslay(fuzz::cut(bytes, data[1]));
#endif
    if ((data[0] & 8) != 0) check_compressed(role, data[0], data[1], bytes);
    Seen whole = feed(role, data[0], {bytes});
    Seen pieces = feed(role, data[0], fuzz::cut(bytes, data[1]));
    check_understood(role == WebSocket::Role::client ? WebSocket::Role::server : WebSocket::Role::client, whole.sent,
                     whole.close_sent);
    if (role == WebSocket::Role::client) {
        // Its masks are drawn anew each time.
        fuzz::require(whole.sent.size() == pieces.sent.size(), "as much is sent, however the bytes are cut");
        pieces.sent = whole.sent;
    }
    fuzz::require(whole == pieces, "the same is seen, however the bytes are cut");

    WebSocket reader{WebSocket::Role::client};
    Log log;
    reader.feed(whole.messages, log);
    fuzz::require(log.again == whole.messages, "messages are what another WebSocket takes");
    return 0;
}
