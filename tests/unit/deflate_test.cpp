#include "catch.hpp"
#include "random.hpp"

#include <algorithm>
#include <station/net/deflate.hpp>
#include <string>
#include <string_view>

namespace station::net {
namespace {

using namespace std::string_literals;
using Flush = Deflater::Flush;
using Inflated = Inflater::Result;

constexpr std::size_t kPlenty = std::size_t{1} << 24;

std::string stream_of(std::string_view bytes, Flush flush = Flush::finish, int window_bits = kMostWindowBits) {
    std::string out;
    Deflater{Deflater::Format::raw, Deflater::kFastest, window_bits}.add(bytes, flush, out);
    return out;
}

std::string some_text(std::size_t size) {
    test::Random random;
    std::string text;
    while (text.size() < size) text += "event " + std::to_string(random.between(0, 9999)) + "; ";
    text.resize(size);
    return text;
}

TEST_CASE("deflate: what is deflated is inflated, in pieces of any size") {
    const std::string bytes = some_text(GENERATE(0u, 1u, 300u, 16384u, 16385u, 200000u));
    const int window_bits = GENERATE(9, 12, 15);
    const std::size_t step = GENERATE(1u, 7u, 5000u, 1000000u);
    Deflater deflater{Deflater::Format::raw, Deflater::kFastest, window_bits};
    std::string packed;
    std::string_view left = bytes;
    while (left.size() > step) {
        deflater.add(left.substr(0, step), Flush::none, packed);
        left.remove_prefix(step);
    }
    deflater.add(left, Flush::finish, packed);
    Inflater inflater{window_bits};
    std::string out;
    left = packed;
    while (!left.empty()) {
        REQUIRE(inflater.add(left.substr(0, step), out, kPlenty) == Inflated::ok);
        left.remove_prefix(std::min(step, left.size()));
    }
    CHECK(out == bytes);
}

TEST_CASE("deflate: what is flushed can be read, and the rest goes on from there") {
    Deflater deflater{Deflater::Format::raw};
    std::string packed;
    deflater.add("one and ", Flush::sync, packed);
    CHECK(packed.ends_with("\0\0\xFF\xFF"s));
    Inflater inflater;
    std::string out;
    CHECK(inflater.add(packed, out, kPlenty) == Inflated::ok);
    CHECK(out == "one and ");
    CHECK(inflater.between_blocks());
    packed.clear();
    deflater.add("one and two", Flush::sync, packed);
    CHECK(packed.size() < stream_of("one and two", Flush::sync).size());  // it has seen the first ones
    CHECK(inflater.add(packed, out, kPlenty) == Inflated::ok);
    CHECK(out == "one and one and two");
}

TEST_CASE("deflate: after a reset nothing is known of what came before") {
    const std::string text = some_text(1000);
    Deflater deflater{Deflater::Format::raw};
    std::string first;
    std::string second;
    deflater.add(text, Flush::sync, first);
    deflater.reset();
    deflater.add(text, Flush::sync, second);
    CHECK(first == second);
}

TEST_CASE("deflate: gzip has its frame around it") {
    const std::string text = some_text(5000);
    Deflater deflater{Deflater::Format::gzip};
    std::string packed;
    deflater.add(text, Flush::finish, packed);
    REQUIRE(packed.size() > 18);
    CHECK(packed.starts_with("\x1F\x8B\x08"));
    // RFC 1952, 2.3: ten bytes, the stream, its CRC and its length.
    CHECK(packed.substr(packed.size() - 4) == "\x88\x13\0\0"s);
    Inflater inflater;
    std::string out;
    CHECK(inflater.add(std::string_view{packed}.substr(10, packed.size() - 18), out, kPlenty) == Inflated::ok);
    CHECK(out == text);
}

TEST_CASE("deflate: nothing is inflated beyond the limit, and no memory is taken for it") {
    const std::string bomb = stream_of(std::string(std::size_t{1} << 22, 'x'));
    CHECK(bomb.size() < 20000);
    const std::size_t most = GENERATE(0u, 1u, 100u, 16383u, 16384u, 16385u, 100000u, (1u << 22) - 1);
    Inflater inflater;
    std::string out;
    CHECK(inflater.add(bomb, out, most) == Inflated::too_large);
    CHECK(out.size() == most);
    CHECK(out.capacity() <= std::max<std::size_t>(most, 30));
}

TEST_CASE("deflate: the limit itself may be reached") {
    const std::size_t size = GENERATE(1u, 100u, 16384u, 100000u);
    Inflater inflater;
    std::string out;
    CHECK(inflater.add(stream_of(std::string(size, 'x')), out, size) == Inflated::ok);
    CHECK(out.size() == size);
}

TEST_CASE("deflate: what is no DEFLATE is broken") {
    const std::string wrong = GENERATE("\xFF"s,              // a block of no kind
                                       "\0\5\0\xFA\xFE"s,    // a length and a complement that do not fit
                                       "\x4b\x04\x11\x00"s,  // a distance to before the beginning
                                       "\x05\xFE\xFF"s);     // too many codes
    Inflater inflater;
    std::string out;
    CHECK(inflater.add(wrong, out, kPlenty) == Inflated::broken);
}

TEST_CASE("deflate: says whether a block is under way") {
    const std::string bytes = stream_of("some bytes, some more bytes", Flush::sync);
    for (std::size_t size = 1; size <= bytes.size(); ++size) {
        CAPTURE(size);
        Inflater inflater;
        std::string out;
        REQUIRE(inflater.add(std::string_view{bytes}.substr(0, size), out, kPlenty) == Inflated::ok);
        CHECK(inflater.between_blocks() == (size == bytes.size()));
    }
}

TEST_CASE("deflate: a stream that has ended may be followed by another, which sees its window") {
    // "Hello" in a final block, then five bytes from a distance of five.
    Inflater inflater;
    std::string out;
    CHECK(inflater.add("\xf3\x48\xcd\xc9\xc9\x07\x00"s, out, kPlenty) == Inflated::ok);
    CHECK(inflater.add("\x02\x13\x00\x00\x00\xFF\xFF"s, out, kPlenty) == Inflated::ok);
    CHECK(out == "HelloHello");
}

TEST_CASE("deflate: room is made for no more than the limit") {
    std::string bytes = "abc";
    make_room(bytes, 1000, 1500);
    CHECK(bytes.capacity() == 1000);
    make_room(bytes, 1001, 1500);
    CHECK(bytes.capacity() == 1500);
    CHECK(bytes == "abc");
}

}  // namespace
}  // namespace station::net
