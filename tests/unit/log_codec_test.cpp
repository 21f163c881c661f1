#include "catch.hpp"

#include <array>
#include <cstring>
#include <station/log/config.hpp>
#include <station/log/detail/crc32c.hpp>
#include <station/log/error.hpp>
#include <station/log/publish.hpp>
#include <station/log/record.hpp>
#include <string>
#include <vector>

namespace station::log {
namespace {

std::vector<std::byte> from_hex(std::string_view hex) {
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes.push_back(static_cast<std::byte>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16)));
    }
    return bytes;
}

EventId golden_id() { return *EventId::from_text("018bcfe5-6800-7abc-8123-456789abcdef"); }

std::vector<std::byte> encoded(const Record& record) {
    std::vector<std::byte> bytes(record.size());
    encode_record(record, bytes.data());
    return bytes;
}

Decoded decoded(Bytes bytes, Record& record) {
    std::size_t needed = 0;
    return decode_record(bytes, record, needed);
}

// Written by tests/lab/read_log.py's arithmetic, not by this library.
constexpr std::string_view kGoldenHeader = "5353454701000100070000000000000015cd853dfe9c971703000000f86c9248";
constexpr std::string_view kGoldenRecord =
    "53544e310100000037000000018bcfe568007abc8123456789abcdef15cd853dfe9c971707000000000000002000000000000500000068656c"
    "6c"
    "6f000000002bf5645f";
constexpr std::string_view kGoldenWithHeaders =
    "53544e310100000037000000018bcfe568007abc8123456789abcdef15cd853dfe9c9717080000000000000063000000000000000000050000"
    "0081"
    "a16ba17688cd339f";

TEST_CASE("log codec: CRC-32C is the one of RFC 3720") {
    CHECK(crc32c(as_bytes("123456789")) == 0xE3069283U);
    CHECK(crc32c({}) == 0);
    const std::array<std::byte, 32> zeros{};
    CHECK(crc32c(zeros) == 0x8A9136AAU);
}

TEST_CASE("log codec: a segment header is 32 golden bytes") {
    const SegmentHeader header{7, 1700000000123456789, 3, kPreviousDurable};
    const auto bytes = encode_segment_header(header);
    CHECK(std::vector<std::byte>(bytes.begin(), bytes.end()) == from_hex(kGoldenHeader));
    SegmentHeader back;
    REQUIRE(decode_segment_header(bytes, back) == Decoded::ok);
    CHECK(back.base_offset == 7);
    CHECK(back.created == 1700000000123456789);
    CHECK(back.stream == 3);
    CHECK(back.flags == kPreviousDurable);
}

TEST_CASE("log codec: a header of a later version is told from a broken one") {
    auto bytes = encode_segment_header({7, 1, 3, 0});
    bytes[4] = std::byte{2};
    SegmentHeader back;
    CHECK(decode_segment_header(bytes, back) == Decoded::invalid);
    const std::uint32_t crc = crc32c(Bytes{bytes}.first(28));
    store_little(bytes.data() + 28, crc);
    CHECK(decode_segment_header(bytes, back) == Decoded::unsupported);
    CHECK(decode_segment_header(Bytes{bytes}.first(31), back) == Decoded::incomplete);
}

TEST_CASE("log codec: records are golden bytes") {
    const auto headers = encode_headers({{"k", "v"}});
    const Record plain{golden_id(), 1700000000123456789, 7, 32, as_bytes("hello"), {}};
    const Record with_headers{golden_id(), 1700000000123456789, 8, 99, {}, headers};
    CHECK(encoded(plain) == from_hex(kGoldenRecord));
    CHECK(encoded(with_headers) == from_hex(kGoldenWithHeaders));
    CHECK(encoded(plain).size() == kRecordOverhead + 5);
}

TEST_CASE("log codec: what was encoded is decoded, at all sizes") {
    for (const std::size_t payload_size : {0U, 1U, 61U, 128U, 4096U, 100000U}) {
        for (const std::size_t headers_size : {0U, 1U, 1000U}) {
            const std::string payload(payload_size, 'p');
            const std::string headers(headers_size, 'h');
            const Record record{golden_id(), -5, 1ULL << 60, 17, as_bytes(payload), as_bytes(headers)};
            const auto bytes = encoded(record);
            REQUIRE(bytes.size() == record_size(payload_size, headers_size));
            Record back;
            REQUIRE(decoded(bytes, back) == Decoded::ok);
            CHECK(back.id == record.id);
            CHECK(back.time == -5);
            CHECK(back.offset == 1ULL << 60);
            CHECK(back.unsynced == 17);
            CHECK(as_text(back.payload) == payload);
            CHECK(as_text(back.headers) == headers);
            CHECK(framed_size(bytes) == bytes.size());
        }
    }
}

TEST_CASE("log codec: a record cut anywhere is incomplete, and says how much it needs") {
    const std::string payload(300, 'p');
    const auto bytes = encoded({golden_id(), 1, 2, 3, as_bytes(payload), as_bytes("abc")});
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        Record record;
        std::size_t needed = 0;
        REQUIRE(decode_record(Bytes{bytes}.first(size), record, needed) == Decoded::incomplete);
        REQUIRE(needed > size);
        REQUIRE(needed <= bytes.size());
    }
}

TEST_CASE("log codec: no flipped bit goes unseen") {
    const auto good = encoded({golden_id(), 1, 2, 3, as_bytes("some payload"), as_bytes("headers")});
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        auto bad = good;
        bad[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
        Record record;
        REQUIRE(decoded(bad, record) != Decoded::ok);
    }
}

TEST_CASE("log codec: no length is believed beyond the limits") {
    auto bytes = encoded({golden_id(), 1, 2, 3, as_bytes("x"), {}});
    Record record;
    std::size_t needed = 0;
    store_little(bytes.data() + 50, static_cast<std::uint32_t>(kMaxPayload + 1));
    store_little(bytes.data() + 8, static_cast<std::uint32_t>(kMaxPayload + 1 + kRecordOverhead - kRecordPrefixSize));
    CHECK(decode_record(bytes, record, needed) == Decoded::invalid);
    store_little(bytes.data() + 50, std::uint32_t{1});
    store_little(bytes.data() + 8, 0xFFFFFFFFU);
    CHECK(decode_record(bytes, record, needed) == Decoded::invalid);
    store_little(bytes.data() + 8, std::uint32_t{0});
    CHECK(decode_record(bytes, record, needed) == Decoded::invalid);
}

TEST_CASE("log codec: headers are a MessagePack map of strings, and nothing else") {
    CHECK(encode_headers({}).empty());
    const auto bytes = encode_headers({{"b", "2"}, {"a", "1"}, {"b", "3"}});
    const auto back = decode_headers(bytes);
    REQUIRE(back);
    CHECK(*back == Headers{{"a", "1"}, {"b", "3"}});
    CHECK(decode_headers({})->empty());
    for (const char* const bad : {"\x81\xa1k\x01", "\x91\xa1k", "\x81\x01\xa1v", "\xc1", "\x81\xa1k", "\x80\x80"}) {
        CHECK(decode_headers(as_bytes(bad)).error() == Errc::bad_headers);
    }
}

TEST_CASE("log config: limits are checked, and topic names too") {
    CHECK(BusConfig{.dir = "x"}.problem().empty());
    CHECK(BusConfig{}.problem() == "dir must name a folder");
    CHECK(BusConfig{.dir = "x", .segment_bytes = 10}.problem() == "segment_bytes must be 4096 to 2147483648, not 10");
    CHECK_FALSE(BusConfig{.dir = "x", .max_payload = kMaxPayload + 1}.problem().empty());
    CHECK_FALSE(BusConfig{.dir = "x", .queue_capacity = 0}.problem().empty());
    for (const char* const good : {"a", "A.b_c-9", "0"}) CHECK(is_topic_name(good));
    for (const char* const bad : {"", ".", ".a", "a/b", "a b", "\xC3\xA4"}) CHECK_FALSE(is_topic_name(bad));
    CHECK(is_topic_name(std::string(128, 'x')));
    CHECK_FALSE(is_topic_name(std::string(129, 'x')));
}

TEST_CASE("log config: durability modes have names") {
    for (const char* const text : {"always", "os", "batch:1000,50"}) CHECK(Durability::parse(text)->to_text() == text);
    for (const char* const bad :
         {"", "Always", "batch", "batch:", "batch:0,5", "batch:5,0", "batch:5", "batch:5,6,7"}) {
        CHECK_FALSE(Durability::parse(bad));
    }
}

TEST_CASE("log errors: clear words, and the usual conditions") {
    CHECK(make_error_code(Errc::queue_full).message() == "the topic's queue is full");
    CHECK(system_error(ENOSPC) == Errc::disk_full);
    CHECK(system_error(EIO) == std::errc::io_error);
    CHECK(make_error_code(Errc::cancelled) == std::errc::operation_canceled);
    CHECK(make_error_code(Errc::disk_full) == std::errc::no_space_on_device);
}

}  // namespace
}  // namespace station::log
