// The exercise `codec`, the piece alone: where each byte of a record lies, and what is taken from one.
#include <array>
#include <cstring>
#include <loadgen/piece/piece.hpp>
#include <station/log/detail/crc32c.hpp>
#include <station/log/record.hpp>
#include <string>
#include <vector>

namespace station::log {

std::string text(Decoded answer) {
    switch (answer) {
        case Decoded::ok: return "Decoded::ok";
        case Decoded::incomplete: return "Decoded::incomplete";
        case Decoded::invalid: return "Decoded::invalid";
        case Decoded::unsupported: return "Decoded::unsupported";
    }
    return "a Decoded that there is not";
}

}  // namespace station::log

using namespace station;
using namespace station::log;

namespace {

using Buffer = std::vector<std::byte>;

EventId id_of(std::uint8_t last) {
    std::array<std::byte, EventId::kSize> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(0x10 + i);
    bytes.back() = std::byte{last};
    return EventId{bytes};
}

Bytes bytes_of(std::string_view text) { return {reinterpret_cast<const std::byte*>(text.data()), text.size()}; }

// Every field another number, and none that reads the same from its other end.
Record sample(std::string_view payload, std::string_view headers) {
    return {id_of(0xA1), 0x1122334455667788, 0x0102030405060708, 0x0A0B0C0D, bytes_of(payload), bytes_of(headers)};
}

// A buffer of that size with something behind it that nobody may touch: AddressSanitizer watches.
Buffer encoded(const Record& record) {
    Buffer to(record_size(record.payload.size(), record.headers.size()), std::byte{0xEE});
    piece::calling("encode_record(" + std::to_string(record.payload.size()) + " bytes of payload, " +
                   std::to_string(record.headers.size()) + " of headers)");
    encode_record(record, to.data());
    return to;
}

// The layout of record.hpp, written without record.cpp.
Buffer drawn(const Record& record) {
    Buffer to;
    const auto number = [&](std::uint64_t value, int size) {
        for (int i = 0; i < size; ++i) to.push_back(static_cast<std::byte>(value >> (8 * i)));
    };
    const auto copy = [&](Bytes bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); };
    number(kRecordMagic, 4);
    number(kFormatVersion, 2);
    number(0, 2);
    number(record_size(record.payload.size(), record.headers.size()) - kRecordPrefixSize, 4);
    copy(record.id.bytes());
    number(static_cast<std::uint64_t>(record.time), 8);
    number(record.offset, 8);
    number(record.unsynced, 4);
    number(0, 2);
    number(record.payload.size(), 4);
    copy(record.payload);
    number(record.headers.size(), 4);
    copy(record.headers);
    number(crc32c(Bytes{to}.subspan(kRecordPrefixSize)), 4);
    return to;
}

constexpr std::array<std::pair<std::size_t, const char*>, 13> kFields{{{0, "the magic"},
                                                                       {4, "VERSION"},
                                                                       {6, "FLAGS"},
                                                                       {8, "LEN"},
                                                                       {12, "EVENT_ID"},
                                                                       {28, "TIME"},
                                                                       {36, "OFFSET"},
                                                                       {44, "UNSYNCED"},
                                                                       {48, "TOPIC_LEN"},
                                                                       {50, "PAYLOAD_LEN"},
                                                                       {54, "PAYLOAD"}}};

// "TIME, byte 30": which field of a record the byte belongs to.
std::string place(std::size_t at, const Record& record) {
    std::string field = "the magic";
    for (const auto& [begin, name] : kFields) {
        if (name != nullptr && at >= begin) field = name;
    }
    const std::size_t headers_at = 54 + record.payload.size();
    if (at >= headers_at) field = "HEADERS_LEN";
    if (at >= headers_at + 4) field = "HEADERS";
    if (at >= headers_at + 4 + record.headers.size()) field = "CRC-32C";
    return field + ", byte " + std::to_string(at);
}

std::string hex(std::byte byte) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const auto value = std::to_integer<unsigned>(byte);
    return {'0', 'x', kDigits[value >> 4], kDigits[value & 15]};
}

void expect_drawn(const Record& record) {
    const Buffer came = encoded(record);
    const Buffer expected = drawn(record);
    for (std::size_t at = 0; at < expected.size(); ++at) {
        if (came[at] != expected[at]) {
            piece::fail("encode_record(): " + place(at, record), hex(expected[at]), hex(came[at]));
        }
    }
}

Decoded decoded(Bytes bytes, Record& record) {
    std::size_t needed = 0;
    return decode_record(bytes, record, needed);
}

void expect_decoded(const Record& record) {
    const Buffer bytes = drawn(record);
    const std::string call = "decode_record() of " + std::to_string(record.payload.size()) + " bytes of payload, " +
                             std::to_string(record.headers.size()) + " of headers";
    piece::calling(call);
    Record back;
    piece::expect_equal(call, decoded(bytes, back), Decoded::ok);
    piece::expect_equal(call + ": id", back.id.to_text(), record.id.to_text());
    piece::expect_equal(call + ": time", back.time, record.time);
    piece::expect_equal(call + ": offset", back.offset, record.offset);
    piece::expect_equal(call + ": unsynced", back.unsynced, record.unsynced);
    const auto words = [](Bytes of) { return std::string{reinterpret_cast<const char*>(of.data()), of.size()}; };
    piece::expect_equal(call + ": payload", words(back.payload), words(record.payload));
    piece::expect_equal(call + ": headers", words(back.headers), words(record.headers));
}

}  // namespace

PIECE_CASE("each-byte-is-in-its-place", "Every byte is where the layout says") {
    expect_drawn(sample("hello", ""));
    expect_drawn(sample("hello", "\x81\xa1k\xa1v"));
    expect_drawn(sample("", ""));
    expect_drawn(sample("", "\x80"));
    expect_drawn({id_of(0xA1), 1, 2, 3, {}, {}});  // views of nothing: there is no address to copy from
    expect_drawn(sample(std::string(70'000, 'p'), std::string(300, 'h')));
}

PIECE_CASE("what-was-written-is-read", "A record that lies there is read, field by field") {
    expect_decoded(sample("hello", ""));
    expect_decoded(sample("hello", "\x81\xa1k\xa1v"));
    expect_decoded(sample("", ""));
    expect_decoded(sample(std::string(70'000, 'p'), std::string(300, 'h')));
    Record extreme = sample("x", "");
    extreme.time = -1;
    extreme.offset = ~std::uint64_t{0};
    extreme.unsynced = kUnsyncedUnknown;
    expect_decoded(extreme);
    expect_drawn(extreme);
}

PIECE_CASE("one-behind-the-other", "Bytes behind a record are not of it") {
    Buffer two = drawn(sample("first", ""));
    const std::size_t first = two.size();
    const Buffer second = drawn(sample("second", "h"));
    two.insert(two.end(), second.begin(), second.end());
    Record record;
    EXPECT(decoded(two, record), Decoded::ok);
    EXPECT(record.size(), first);
    EXPECT(decoded(Bytes{two}.subspan(first), record), Decoded::ok);
    EXPECT(record.payload.size(), std::size_t{6});
}

PIECE_CASE("no-byte-changes-unseen", "A record with any byte changed, in any bit, is not Decoded::ok") {
    const Record record = sample("payload", "\x81\xa1k\xa1v");
    const Buffer right = drawn(record);
    for (std::size_t at = 0; at < right.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            Buffer wrong = right;
            wrong[at] ^= static_cast<std::byte>(1 << bit);
            Record back;
            if (decoded(wrong, back) == Decoded::ok) {
                piece::fail("decode_record() with a changed bit in " + place(at, record), "not Decoded::ok",
                            "Decoded::ok");
            }
        }
    }
}

PIECE_CASE("nothing-is-taken-from-a-wrong-one",
           "Where the checksum does not fit, the record that is given stays as it was") {
    Buffer wrong = drawn(sample("payload", "h"));
    wrong.back() ^= std::byte{1};
    const Record before{id_of(7), 7, 7, 7, {}, {}};
    Record record = before;
    EXPECT(decoded(wrong, record), Decoded::invalid);
    EXPECT(record.id.to_text(), before.id.to_text());
    EXPECT(record.time, before.time);
    EXPECT(record.offset, before.offset);
    EXPECT(record.unsynced, before.unsynced);
    EXPECT(record.payload.size(), std::size_t{0});
    EXPECT(record.headers.size(), std::size_t{0});
}

PIECE_CASE("a-part-is-incomplete", "Of a record that is cut short, it is said how many bytes are needed") {
    const Buffer whole = drawn(sample("payload", "headers"));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        Buffer part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        Record record;
        std::size_t needed = 0;
        const std::string call = "decode_record() of the first " + std::to_string(size) + " bytes";
        piece::calling(call);
        piece::expect_equal(call, decode_record(part, record, needed), Decoded::incomplete);
        piece::expect_equal(call + ": needed", needed, size < kRecordOverhead ? kRecordOverhead : whole.size());
    }
}
