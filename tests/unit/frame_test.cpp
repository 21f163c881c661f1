#include "catch.hpp"
#include "random.hpp"

#include <nlohmann/json.hpp>
#include <span>
#include <station/wire/frame.hpp>
#include <string>
#include <string_view>

namespace station::wire {
namespace {

using namespace std::string_literals;

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }

std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST_CASE("frame: the layout is type, stream, offset and length, little-endian") {
    std::string out = "before";
    put_frame_header(out, FrameType::message, 0x0102030405060708, 0x1112131415161718, 0x21222324);
    CHECK(out == "before\x02\x08\x07\x06\x05\x04\x03\x02\x01\x18\x17\x16\x15\x14\x13\x12\x11\x24\x23\x22\x21"s);
    CHECK(out.size() == 6 + kFrameHeader);
}

TEST_CASE("frame: what was put is taken, one after another") {
    std::string out;
    put_frame_header(out, FrameType::publish, 1, kFromNow, 5);
    out += "hello";
    put_frame_header(out, FrameType::unsubscribe, ~std::uint64_t{0}, 0, 0);
    auto left = bytes_of(out);
    Frame frame;
    REQUIRE(take_frame(left, frame));
    CHECK(frame.type == FrameType::publish);
    CHECK(frame.stream == 1);
    CHECK(frame.offset == kFromNow);
    CHECK(text_of(frame.payload) == "hello");
    REQUIRE(take_frame(left, frame));
    CHECK(frame.type == FrameType::unsubscribe);
    CHECK(frame.stream == ~std::uint64_t{0});
    CHECK(frame.payload.empty());
    CHECK(left.empty());
    CHECK_FALSE(take_frame(left, frame));
}

TEST_CASE("frame: half a frame takes nothing, wherever it is cut") {
    std::string out;
    put_frame_header(out, FrameType::publish, 7, 8, 9);
    out += "nine byte";
    for (std::size_t size = 0; size < out.size(); ++size) {
        CAPTURE(size);
        auto left = bytes_of(std::string_view{out}.substr(0, size));
        Frame frame;
        CHECK_FALSE(take_frame(left, frame));
        CHECK(left.size() == size);
    }
}

TEST_CASE("frame: a length beyond any memory is only a frame that is not whole") {
    std::string out;
    put_frame_header(out, FrameType::publish, 1, 0, 0xFFFFFFFF);
    out += "short";
    auto left = bytes_of(out);
    Frame frame;
    CHECK_FALSE(take_frame(left, frame));
}

TEST_CASE("frame: a type nobody knows is kept as it was sent") {
    std::string out(kFrameHeader, '\0');
    out[0] = '\xEE';
    auto left = bytes_of(out);
    Frame frame;
    REQUIRE(take_frame(left, frame));
    CHECK(static_cast<int>(frame.type) == 0xEE);
}

TEST_CASE("frame: random frames come back") {
    test::Random random;
    INFO(random.how_to_repeat());
    for (int round = 0; round < 200; ++round) {
        const auto type = static_cast<FrameType>(random.between(0, 255));
        const std::uint64_t stream = random.any_width();
        const std::uint64_t offset = random.any_width();
        const std::string payload(random.between(0, 100), 'p');
        std::string out;
        put_frame_header(out, type, stream, offset, payload.size());
        out += payload + "rest";
        auto left = bytes_of(out);
        Frame frame;
        REQUIRE(take_frame(left, frame));
        REQUIRE(frame.type == type);
        REQUIRE(frame.stream == stream);
        REQUIRE(frame.offset == offset);
        REQUIRE(text_of(frame.payload) == payload);
        REQUIRE(text_of(left) == "rest");
    }
}

TEST_CASE("frame: an error is JSON, whatever its detail holds") {
    const std::string detail = "a \"quoted\"\nline\\";
    const auto json = nlohmann::json::parse(frame_error("server_busy", detail));
    CHECK(json == nlohmann::json{{"reason", "server_busy"}, {"detail", detail}});
}

}  // namespace
}  // namespace station::wire
