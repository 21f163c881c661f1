// Bytes for people: escaped for a terminal, and shortened where they are many.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace station::target {

// `bytes` with everything but printable ASCII and whole UTF-8 characters as \n, \t, \r, \0 or \xC0: always
// valid UTF-8.
std::string escaped(std::string_view bytes);

// The first and the last bytes of something long, and how much it was.
class Excerpt {
  public:
    Excerpt() = default;
    explicit Excerpt(std::string_view bytes) { add(bytes); }

    void add(std::string_view bytes);
    bool empty() const { return total_ == 0; }
    // Escaped; with "… (65,537 bytes in all) …" where something is left out.
    std::string text() const;

  private:
    std::string head_;
    std::string tail_;
    std::size_t total_ = 0;
};

}  // namespace station::target
