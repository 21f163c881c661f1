#include "catch.hpp"
#include "random.hpp"

#include <algorithm>
#include <station/net/frame_reader.hpp>
#include <station/net/frame_writer.hpp>
#include <string>
#include <string_view>

namespace station::net {
namespace {

using namespace std::string_literals;
using Taken = FrameReader::Result;

TEST_CASE("websocket frames: a mask meets every byte, at any address and of any length") {
    const Mask mask{0x01, 0x80, 0xFE, 0x3C};
    for (std::size_t at = 0; at < 16; ++at) {
        for (std::size_t size = 0; size < 70; ++size) {
            std::string bytes;
            for (std::size_t i = 0; i < at + size + 8; ++i) bytes += static_cast<char>(i * 37);
            std::string expected = bytes;
            for (std::size_t i = 0; i < size; ++i) expected[at + i] = static_cast<char>(expected[at + i] ^ mask[i % 4]);
            apply_mask(bytes.data() + at, size, mask);
            REQUIRE(bytes == expected);
        }
    }
}

TEST_CASE("websocket frames: a header is told with its last byte, before any of the payload") {
    const std::size_t length = GENERATE(5u, 126u, 65536u);
    std::string bytes;
    put_masked_frame(bytes, kFin | 2, std::string(length, 'x'), 0x01020304);
    const std::size_t header = bytes.size() - length;
    FrameReader reader;
    FrameReader::Piece piece;
    for (std::size_t i = 0; i + 1 < header; ++i) {
        std::string_view input = std::string_view{bytes}.substr(i, 1);
        REQUIRE(reader.next(input, piece) == Taken::need_more);
        CHECK(reader.inside_frame());
    }
    std::string_view input = std::string_view{bytes}.substr(header - 1, 1);
    REQUIRE(reader.next(input, piece) == Taken::piece);
    CHECK(piece.first);
    CHECK_FALSE(piece.last);
    CHECK(piece.bytes.empty());
    CHECK(piece.frame.length == length);
    CHECK(reader.next(input, piece) == Taken::need_more);
    input = std::string_view{bytes}.substr(header);
    REQUIRE(reader.next(input, piece) == Taken::piece);
    CHECK_FALSE(piece.first);
    CHECK(piece.last);
    std::string payload;
    piece.append_to(payload);
    CHECK(payload == std::string(length, 'x'));
    CHECK_FALSE(reader.inside_frame());
}

TEST_CASE("websocket frames: pieces are views of the input, and their masks go on where the last one ended") {
    std::string bytes;
    const std::string payload = "0123456789abcdefghij";
    put_masked_frame(bytes, kFin | 1, payload, 0x80402010);
    const std::size_t step = GENERATE(1u, 2u, 3u, 5u, 7u);
    FrameReader reader;
    std::string joined;
    std::string_view left = bytes;
    while (!left.empty()) {
        std::string_view input = left.substr(0, step);
        FrameReader::Piece piece;
        while (reader.next(input, piece) == Taken::piece) {
            CHECK((piece.bytes.empty() || (piece.bytes.data() >= bytes.data() && piece.bytes.size() <= step)));
            piece.append_to(joined);
        }
        left.remove_prefix(std::min(step, left.size()));
    }
    CHECK(joined == payload);
}

TEST_CASE("websocket frames: reserved bits and opcodes are told, not judged") {
    for (int first = 0; first < 256; ++first) {
        const std::string bytes{static_cast<char>(first), '\0'};
        FrameReader reader;
        FrameReader::Piece piece;
        std::string_view input = bytes;
        const bool fragmented_control = (first & 8) != 0 && (first & 0x80) == 0;
        REQUIRE(reader.next(input, piece) == (fragmented_control ? Taken::broken : Taken::piece));
        if (fragmented_control) continue;
        CHECK(piece.frame.fin == (first >= 0x80));
        CHECK(piece.frame.reserved_bits == (first >> 4 & 7));
        CHECK(piece.frame.opcode == (first & 15));
        CHECK_FALSE(piece.frame.masked);
    }
}

}  // namespace
}  // namespace station::net
