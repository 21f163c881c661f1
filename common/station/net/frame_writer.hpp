// Frames of RFC 6455, section 5.2, as they go out: the reader's other half.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace station::net {

inline constexpr std::uint8_t kFin = 0x80;
inline constexpr std::uint8_t kRsv1 = 0x40;

// `first` is the first byte: FIN, reserved bits, opcode. The length is written in as few bytes as will do.
void put_frame_header(std::string& out, std::uint8_t first, std::size_t length);
// A client's whole frame. The mask's first byte on the wire is its highest.
void put_masked_frame(std::string& out, std::uint8_t first, std::string_view payload, std::uint32_t mask);

}  // namespace station::net
