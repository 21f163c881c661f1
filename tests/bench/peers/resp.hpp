// Reads RESP2, the protocol of Redis: strings, numbers, errors, and arrays of all these, piece by piece, so that a long
// page is not kept until its end has come. No I/O.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "buffer.hpp"

namespace station::peers {

struct RespPiece {
    enum class Kind { bulk_string, error, other };

    Kind kind = Kind::other;
    std::string_view text;  // a view of what was read
    std::size_t depth = 0;  // how many arrays it lies in
    std::size_t index = 0;  // its place in the innermost
    bool ends_reply = false;
};

class RespReader {
  public:
    // Takes the next piece off the front of `bytes`; false where none is whole. The head of an array is no piece,
    // unless it is empty. Throws std::runtime_error where it is no RESP.
    bool next(std::string_view& bytes, RespPiece& piece);

  private:
    struct Array {
        std::size_t index = 0;
        std::size_t left = 0;
    };

    void enter(std::size_t elements);
    void leave_finished(RespPiece& piece);

    std::array<Array, 8> arrays_{};
    std::size_t depth_ = 0;
};

// One command: an array of bulk strings.
void put_command(Buffer& out, std::initializer_list<std::string_view> words);

}  // namespace station::peers
