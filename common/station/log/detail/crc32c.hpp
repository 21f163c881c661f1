// CRC-32C (Castagnoli, the CRC of iSCSI and ext4), as RFC 3720 gives it: crc32c("123456789") is 0xE3069283.
#pragma once

#include <cstdint>
#include <station/log/bytes.hpp>

namespace station::log {

// At most 2^31-1 bytes.
std::uint32_t crc32c(Bytes bytes);

}  // namespace station::log
