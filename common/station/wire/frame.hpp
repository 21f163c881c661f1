// Binary frames, as they travel inside WebSocket messages (docs/protocol.md, "Binary frames"). All numbers are
// little-endian:
//
//   type u8 | stream u64 | offset u64 | length u32 | payload (length bytes)
//
// The idea, and the layout, are the source document's ("stationInvariant"). No I/O; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace station::wire {

inline constexpr std::size_t kFrameHeader = 21;
inline constexpr std::uint64_t kFromNow = std::numeric_limits<std::uint64_t>::max();  // SUBSCRIBE's offset
inline constexpr std::size_t kMetaBytes =
    24;  // MESSAGE_META: event id (16 bytes) and time (i64, ns) before the payload

enum class FrameType : std::uint8_t {
    publish = 0x01,       // client: append the payload to the stream
    message = 0x02,       // server: an event
    subscribe = 0x03,     // client: from `offset` on, then live
    ack = 0x04,           // server: the PUBLISH is durable
    error = 0x05,         // server: JSON {"reason":"…","detail":"…"}
    unsubscribe = 0x06,   // client
    message_meta = 0x12,  // server: an event led by its id and time
};

struct Frame {
    FrameType type = FrameType::publish;  // as sent: it may be none of the above
    std::uint64_t stream = 0;
    std::uint64_t offset = 0;
    std::span<const std::byte> payload;  // a view of what was parsed
};

// Takes one frame off the front of `bytes`; false where it is not whole, and then nothing is taken.
bool take_frame(std::span<const std::byte>& bytes, Frame& frame);

void put_frame_header(std::string& out, FrameType type, std::uint64_t stream, std::uint64_t offset, std::size_t length);

// What a MESSAGE_META has before the event's payload; kMetaBytes.
void put_meta(std::string& out, std::span<const std::byte, 16> id, std::int64_t time);

// {"reason":"server_busy","detail":"…"}
std::string frame_error(std::string_view reason, std::string_view detail);

}  // namespace station::wire
