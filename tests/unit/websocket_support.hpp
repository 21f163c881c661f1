// Frames as a test wants to send them, and what a WebSocket makes of them.
#pragma once

#include "catch.hpp"
#include "splits.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <station/net/websocket.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace station::test::frames {

using namespace std::string_literals;
using namespace net;
using Role = WebSocket::Role;
using Strings = std::vector<std::string>;

inline constexpr int kFin = 0x80;

// What a test wants to send, also where no right-minded peer would.
struct RawFrame {
    int first = kFin | 2;  // FIN, reserved bits and opcode
    std::string payload = {};
    bool masked = true;
    int length_bytes = -1;  // 0, 2 or 8; -1: as few as will do

    std::string bytes() const {
        const std::size_t size = payload.size();
        const int extended = length_bytes >= 0 ? length_bytes : size < 126 ? 0 : size < 65536 ? 2 : 8;
        const std::size_t seven = extended == 0 ? size : extended == 2 ? 126 : 127;
        std::string out{static_cast<char>(first), static_cast<char>((masked ? 0x80U : 0U) | seven)};
        for (int i = extended - 1; i >= 0; --i) out += static_cast<char>(std::uint64_t{size} >> (8 * i) & 0xFF);
        const std::string mask = masked ? "\x37\xFA\x21\x3D"s : ""s;
        out += mask;
        for (std::size_t i = 0; i < size; ++i) out += static_cast<char>(payload[i] ^ (masked ? mask[i % 4] : '\0'));
        return out;
    }
};

inline std::string text(std::string payload) { return RawFrame{kFin | 1, std::move(payload)}.bytes(); }
inline std::string binary(std::string payload) { return RawFrame{kFin | 2, std::move(payload)}.bytes(); }
inline std::string frame(int first, std::string payload = {}) { return RawFrame{first, std::move(payload)}.bytes(); }
inline std::string close_payload(int code, std::string_view reason = {}) {
    return std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)}.append(reason);
}
inline std::string close_frame(int code, std::string_view reason = {}) {
    return frame(kFin | 8, close_payload(code, reason));
}

struct Log final : WebSocket::Handler {
    Strings seen;  // "t:…" and "b:…"
    void on_text(std::string_view message) override { seen.push_back("t:" + std::string{message}); }
    void on_binary(std::span<const std::byte> bytes) override {
        seen.push_back("b:" + std::string{reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }
};

// All that is to be seen of a connection.
struct Seen {
    Strings messages;
    std::string sent;
    bool finished = false;
    bool operator==(const Seen&) const = default;
};

using Deflate = std::optional<DeflateParameters>;

inline Seen seen_by(Role role, const test::Pieces& pieces, const WebSocketLimits& limits, const Deflate& deflate = {}) {
    WebSocket socket{role, limits, deflate};
    Log log;
    std::string sent;
    for (const auto piece : pieces) {
        socket.feed(piece, log);
        socket.take_output(sent);
    }
    return {log.seen, sent, socket.finished()};
}

// The same however `bytes` are cut.
inline Seen after(const std::string& bytes, Role role = Role::server, const WebSocketLimits& limits = {},
                  const Deflate& deflate = {}) {
    const Seen whole = seen_by(role, {bytes}, limits, deflate);
    test::for_every_split(bytes, [&](const test::Pieces& pieces) {
        REQUIRE(seen_by(role, pieces, limits, deflate) == whole);
    });
    return whole;
}

// The code of the only frame in `sent`, which must be a server's close frame; 1005 where it has none.
inline int close_code(std::string_view sent) {
    REQUIRE(sent.size() >= 2);
    REQUIRE(static_cast<unsigned char>(sent[0]) == 0x88);
    REQUIRE(static_cast<unsigned char>(sent[1]) == sent.size() - 2);
    if (sent.size() == 2) return 1005;
    return static_cast<unsigned char>(sent[2]) << 8 | static_cast<unsigned char>(sent[3]);
}

inline void check_refused(const std::string& bytes, int code, Role role = Role::server,
                          const WebSocketLimits& limits = {}, const Deflate& deflate = {}) {
    const Seen seen = after(bytes + text("never seen"), role, limits, deflate);
    CHECK(seen.messages.empty());
    CHECK(seen.finished);
    CHECK(close_code(seen.sent) == code);
}

}  // namespace station::test::frames
