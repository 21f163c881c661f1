// Is this UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF), and where may it be cut? No I/O;
// any thread, a Utf8Check one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace station::base {

bool is_utf8(std::string_view text);

// How many bytes the character has that the text begins with, 1 to 4; 0 where it begins with none.
std::size_t character_length(std::string_view text);

// Unicode's control characters: U+0000 to U+001F, and U+007F to U+009F. For texts that are UTF-8.
bool has_control_character(std::string_view utf8);

// At most `most` bytes of a text that is UTF-8, and no half character.
std::string cut_utf8(std::string_view text, std::size_t most);

// Told piece by piece, wherever the text is cut, and at the first byte that can no longer become valid.
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

}  // namespace station::base
