// The format on disk, version 1: this header and docs/storage.md say the same, and nothing else knows these bytes.
// All numbers are little-endian. Version 1 is a promise: later versions of this program read it.
//
// A segment file (log-00000001.seg) is a header and then records, one right after the other, and in an active segment
// perhaps zeros behind the last one:
//
//    0        4         6       8             16           24       28          32
//    | "SSEG" | version | flags | base offset | created ns | stream | CRC-32C   |
//    |   u32  |   u16   |  u16  |     u64     |    i64     |  u32   | of 0..27  |
//
// A record; LEN counts the bytes after itself, CRC-32C covers EVENT_ID to the end of HEADERS:
//
//    0        4         6       8     12         28        36       44         48          50
//    | "STN1" | version | flags | LEN | EVENT_ID | TIME ns | OFFSET | UNSYNCED | TOPIC_LEN |
//    |   u32  |   u16   |  u16  | u32 | 16 bytes |   i64   |  u64   |   u32    |  u16 = 0  |
//
//    50            54        54+P          58+P      58+P+H    62+P+H
//    | PAYLOAD_LEN | PAYLOAD | HEADERS_LEN | HEADERS | CRC-32C |
//    |   u32 = P   | P bytes |   u32 = H   | H bytes |   u32   |
//
// UNSYNCED says how many bytes right before this record were not known to be durable when it was written, so a valid
// record at q proves that all before q - UNSYNCED was. recovery.hpp lives on that.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <station/log/bytes.hpp>
#include <station/log/event_id.hpp>

namespace station::log {

inline constexpr std::uint16_t kFormatVersion = 1;

inline constexpr std::uint32_t kSegmentMagic = 0x47455353;  // "SSEG"
inline constexpr std::size_t kSegmentHeaderSize = 32;
// Set where the segment before this one was durable to its end when this header was written.
inline constexpr std::uint16_t kPreviousDurable = 1;

inline constexpr std::uint32_t kRecordMagic = 0x314E5453;  // "STN1"
inline constexpr std::size_t kRecordPrefixSize = 12;       // what LEN does not count
inline constexpr std::size_t kRecordOverhead = 62;
inline constexpr std::size_t kMaxPayload = std::size_t{64} << 20;
inline constexpr std::size_t kMaxHeaders = std::size_t{64} << 10;
inline constexpr std::uint32_t kUnsyncedUnknown = std::numeric_limits<std::uint32_t>::max();

struct SegmentHeader {
    std::uint64_t base_offset = 0;  // of the first record
    std::int64_t created = 0;       // ns since 1970
    std::uint32_t stream = 0;
    std::uint16_t flags = 0;
};

std::array<std::byte, kSegmentHeaderSize> encode_segment_header(const SegmentHeader& header);

enum class Decoded { ok, incomplete, invalid, unsupported };

// unsupported: a valid header of a later version.
Decoded decode_segment_header(Bytes bytes, SegmentHeader& header);

// A record as it lies in a buffer: payload and headers are views of that buffer.
struct Record {
    EventId id;
    std::int64_t time = 0;  // ns since 1970
    std::uint64_t offset = 0;
    std::uint32_t unsynced = 0;
    Bytes payload;
    Bytes headers;  // a MessagePack map, empty where there are none

    std::size_t size() const { return kRecordOverhead + payload.size() + headers.size(); }
};

constexpr std::size_t record_size(std::size_t payload, std::size_t headers) {
    return kRecordOverhead + payload + headers;
}

// Writes record.size() bytes to `to`. The payload is at most kMaxPayload long, the headers kMaxHeaders.
void encode_record(const Record& record, std::byte* to);

// Takes the record that `bytes` begins with. incomplete: more bytes are needed to tell, `needed` in all. No length in
// the record makes it read outside `bytes`, and none is believed beyond the limits above.
Decoded decode_record(Bytes bytes, Record& record, std::size_t& needed);

// The size of the record that `bytes` begins with, where its frame holds together (magic, version, and all lengths
// agree), whatever its CRC says.
std::optional<std::size_t> framed_size(Bytes bytes);

}  // namespace station::log
