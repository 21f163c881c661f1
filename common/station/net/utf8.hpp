// Is this UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF)? Told piece by piece, wherever the
// text is cut, and at the first byte that can no longer become valid.
#pragma once

#include <cstdint>
#include <string_view>

namespace station::net {

class Utf8Check {
  public:
    // false from the first wrong byte on.
    bool feed(std::string_view bytes);
    // No character has begun without its end.
    bool complete() const { return missing_ == 0; }

  private:
    bool begin(std::uint8_t byte);

    std::uint8_t missing_ = 0;  // bytes of the character that has begun
    std::uint8_t low_ = 0x80;   // what the next of them may be
    std::uint8_t high_ = 0xBF;
};

}  // namespace station::net
