#include "resp.hpp"

#include <station/base/numbers.hpp>
#include <stdexcept>

namespace station::peers {
namespace {

long parse_length(std::string_view digits) {
    const auto value = base::parse_number<long>(digits);
    if (!value) throw std::runtime_error{"not RESP"};
    return *value;
}

}  // namespace

bool RespReader::next(std::string_view& bytes, RespPiece& piece) {
    for (;;) {
        const std::size_t line_end = bytes.find(kLineEnd);
        if (line_end == std::string_view::npos) return false;
        const char type = bytes.front();
        const std::string_view line = bytes.substr(1, line_end - 1);
        std::size_t used = line_end + kLineEnd.size();
        piece = {.kind = RespPiece::Kind::other, .text = line, .depth = depth_};
        if (type == '*') {
            const long elements = parse_length(line);
            if (elements > 0) {
                enter(static_cast<std::size_t>(elements));
                bytes.remove_prefix(used);
                continue;
            }
        } else if (type == '$') {
            const long length = parse_length(line);
            if (length >= 0) {
                const auto size = static_cast<std::size_t>(length);
                if (bytes.size() < used + size + kLineEnd.size()) return false;
                piece.kind = RespPiece::Kind::bulk_string;
                piece.text = bytes.substr(used, size);
                used += size + kLineEnd.size();
            }
        } else if (type == '-') {
            piece.kind = RespPiece::Kind::error;
        }
        bytes.remove_prefix(used);
        leave_finished(piece);
        return true;
    }
}

void RespReader::enter(std::size_t elements) {
    if (depth_ == arrays_.size()) throw std::runtime_error{"RESP nested too deep"};
    arrays_[depth_++] = {.index = 0, .left = elements};
}

void RespReader::leave_finished(RespPiece& piece) {
    if (depth_ > 0) piece.index = arrays_[depth_ - 1].index;
    while (depth_ > 0) {
        Array& array = arrays_[depth_ - 1];
        ++array.index;
        if (--array.left > 0) break;
        --depth_;
    }
    piece.ends_reply = depth_ == 0;
}

void put_command(Buffer& out, std::initializer_list<std::string_view> words) {
    out.put("*" + std::to_string(words.size()) + "\r\n");
    for (const std::string_view word : words) {
        out.put("$" + std::to_string(word.size()) + "\r\n");
        out.put(word);
        out.put(kLineEnd);
    }
}

}  // namespace station::peers
