// The WebSocket protocol (RFC 6455, version 13) of one connection, without I/O: bytes from the network go in, whole
// messages come out, and what the protocol owes (pongs, the closing handshake) waits to be sent.
//
// Whatever a peer sends: fragments are joined, masks and reserved bits checked, text is valid UTF-8, lengths are
// checked before memory is taken, those of compressed messages while they are expanded. A broken rule closes with the
// RFC's code (1002, 1007, 1009), and nothing more is read.
//
// An idle connection keeps no buffer. With permessage-deflate (RFC 7692) it keeps 40 KiB where the peer takes its
// context over, and 256 KiB where this side does: agree upon neither where there are many.
//
// Not thread-safe: belongs to its connection's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <station/net/websocket_extensions.hpp>
#include <string>
#include <string_view>

namespace station::net {

// RFC 6455, 7.4.1, and IANA's list.
enum class CloseCode : std::uint16_t {
    normal = 1000,
    going_away = 1001,
    protocol_error = 1002,
    no_status = 1005,  // never on the wire: the peer's close frame had no code
    invalid_payload = 1007,
    policy_violation = 1008,
    message_too_big = 1009,
    internal_error = 1011,
    try_again_later = 1013,
};

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct WebSocketLimits {
    std::size_t max_message = (std::size_t{1} << 20) + 64;  // bytes, all fragments together
    std::size_t max_fragments = 16384;                      // of one message
};

class WebSocket {
  public:
    enum class Role { server, client };

    // What came in. The views hold until the call returns. May call close() and take_output(), nothing else of the
    // WebSocket: who answers at once and takes the output first keeps pongs and answers in the order of their causes.
    class Handler {
      public:
        virtual void on_text(std::string_view text) = 0;
        virtual void on_binary(std::span<const std::byte> bytes) = 0;
        // Asked before each frame: where it says no, feed() stops there.
        virtual bool wants_more() { return true; }

      protected:
        ~Handler() = default;
    };

    // `deflate` is what was agreed upon in the opening handshake, if anything was.
    explicit WebSocket(Role role, const WebSocketLimits& limits = {},
                       const std::optional<DeflateParameters>& deflate = {});
    WebSocket(WebSocket&&) noexcept;
    WebSocket& operator=(WebSocket&&) noexcept;
    ~WebSocket();

    // Takes in what was read, and returns how much of it: all, unless the handler wants no more; the rest comes again.
    // Messages after a close are dropped, as the RFC says.
    std::size_t feed(std::string_view bytes, Handler& handler);

    // Frames that the protocol itself wants sent, in order; appended to `out`. Control frames may go between data
    // messages, never inside of one.
    bool has_output() const;
    void take_output(std::string& out);

    // Starts the closing handshake, or answers the peer's: nothing but that close frame goes out after this. The reason
    // is cut at 123 bytes.
    void close(CloseCode code, std::string_view reason = {});
    void ping(std::string_view payload);

    bool close_sent() const;      // or queued: send no more messages
    bool close_received() const;  // feed() no more
    std::optional<std::uint16_t> peer_close_code() const;
    // Both sides are done, or the protocol was broken: once take_output() is sent, the connection may go.
    bool finished() const;
    // The beginning of a message, or of a frame, is here and its end is not.
    bool inside_message() const;
    // Bytes held for it: of a message that is not whole, and of frames that wait to be sent.
    std::size_t kept() const;
    // Pongs received so far: who pings sees by it that the peer lives.
    std::uint64_t pongs() const;

    // A whole unfragmented message of a server is put_header() and then `length` bytes.
    static constexpr std::size_t kMaxHeader = 10;
    static void put_header(std::string& out, Opcode opcode, std::size_t length);
    // The same, masked, for clients.
    static void put_masked(std::string& out, Opcode opcode, std::span<const std::byte> payload, std::uint32_t mask);

    // With permessage-deflate: whether a message of `length` bytes is worth compressing; and a whole message,
    // compressed, a client's masked. Where this side takes its context over they must go out in the order of these
    // calls.
    bool compresses(std::size_t length) const;
    void put_compressed(std::string& out, Opcode opcode, std::string_view message);

    // Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455, 4.2.2); nullopt where the key is no 16 bytes in base64.
    static std::optional<std::string> accept_key(std::string_view key);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace station::net
