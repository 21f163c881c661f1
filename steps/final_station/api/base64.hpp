// Base64 (RFC 4648, section 4), read strictly: padded, no other characters.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace station::final_station {

std::optional<std::string> decode_base64(std::string_view text);

}  // namespace station::final_station
