// Base64 (RFC 4648): bytes as text, four letters for three bytes. No I/O; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace station::base {

// Section 4 of the RFC: + and /, filled up with = to fours.
std::string base64(std::string_view bytes);

// Section 5: - and _ instead, and nothing filled up, so that it may stand in a header, a name or a URL.
std::string base64url(std::string_view bytes);

// The way back from base64(): nullopt where the text is not filled up, or holds anything else, be it a line's end.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace station::base
