ENCODE = """    std::memcpy(to + kIdAt, record.id.bytes().data(), EventId::kSize);
    store_little(to + kTimeAt, record.time);
    store_little(to + kOffsetAt, record.offset);
    store_little(to + kUnsyncedAt, record.unsynced);
    store_little(to + kTopicLengthAt, std::uint16_t{0});
    store_little(to + kPayloadLengthAt, static_cast<std::uint32_t>(record.payload.size()));
    if (!record.payload.empty()) std::memcpy(to + kPayloadAt, record.payload.data(), record.payload.size());
    std::byte* const headers = to + kPayloadAt + record.payload.size();
    store_little(headers, static_cast<std::uint32_t>(record.headers.size()));
    if (!record.headers.empty()) std::memcpy(headers + 4, record.headers.data(), record.headers.size());
    store_little(to + size - 4, crc32c({to + kRecordPrefixSize, size - kRecordPrefixSize - 4}));
"""
DECODE = """    const std::byte* const at = bytes.data();
    const std::size_t size = frame.size();
    const std::uint32_t crc = crc32c({at + kRecordPrefixSize, size - kRecordPrefixSize - 4});
    if (crc != load_little<std::uint32_t>(at + size - 4)) return Decoded::invalid;
    std::array<std::byte, EventId::kSize> id;
    std::memcpy(id.data(), at + kIdAt, id.size());
    record.id = EventId{id};
    record.time = load_little<std::int64_t>(at + kTimeAt);
    record.offset = load_little<std::uint64_t>(at + kOffsetAt);
    record.unsynced = load_little<std::uint32_t>(at + kUnsyncedAt);
    record.payload = bytes.subspan(kPayloadAt, frame.payload);
    record.headers = bytes.subspan(kPayloadAt + frame.payload + 4, frame.headers);
    return Decoded::ok;
"""

right("a-pointer-that-moves-on", edits=[
    (ENCODE, """    std::byte* at = to + kRecordPrefixSize;
    for (const std::byte byte : record.id.bytes()) *at++ = byte;
    store_little(at, record.time);
    at += sizeof record.time;
    store_little(at, record.offset);
    at += sizeof record.offset;
    store_little(at, record.unsynced);
    at += 4;
    store_little<std::uint16_t>(at, 0);
    at += 2;
    store_little(at, static_cast<std::uint32_t>(record.payload.size()));
    at += 4;
    at = std::copy(record.payload.begin(), record.payload.end(), at);
    store_little(at, static_cast<std::uint32_t>(record.headers.size()));
    at += 4;
    at = std::copy(record.headers.begin(), record.headers.end(), at);
    store_little(at, crc32c(Bytes{to + kRecordPrefixSize, at}));
"""),
    ("#include <station/log/record.hpp>\n", "#include <station/log/record.hpp>\n#include <algorithm>\n"),
])

right("byte-by-byte", edits=[
    (ENCODE, """    const auto put = [&](std::size_t place, std::uint64_t value, int bytes) {
        for (int i = 0; i < bytes; ++i) to[place + i] = static_cast<std::byte>(value >> (8 * i));
    };
    for (std::size_t i = 0; i < 16; ++i) to[12 + i] = record.id.bytes()[i];
    put(28, static_cast<std::uint64_t>(record.time), 8);
    put(36, record.offset, 8);
    put(44, record.unsynced, 4);
    put(48, 0, 2);
    put(50, record.payload.size(), 4);
    std::size_t place = 54;
    for (const std::byte byte : record.payload) to[place++] = byte;
    put(place, record.headers.size(), 4);
    place += 4;
    for (const std::byte byte : record.headers) to[place++] = byte;
    put(place, crc32c(Bytes(to + 12, place - 12)), 4);
"""),
    (DECODE, """    const auto get = [&](std::size_t place, int count) {
        std::uint64_t value = 0;
        while (count-- > 0) value = value << 8 | std::to_integer<std::uint64_t>(bytes[place + count]);
        return value;
    };
    const std::size_t crc_at = 58 + frame.payload + frame.headers;
    if (get(crc_at, 4) != crc32c(bytes.subspan(12, crc_at - 12))) return Decoded::invalid;
    std::array<std::byte, 16> id{};
    for (std::size_t i = 0; i < 16; ++i) id[i] = bytes[12 + i];
    record.id = EventId(id);
    record.time = static_cast<std::int64_t>(get(28, 8));
    record.offset = get(36, 8);
    record.unsynced = static_cast<std::uint32_t>(get(44, 4));
    record.payload = Bytes(bytes.data() + 54, frame.payload);
    record.headers = Bytes(bytes.data() + 58 + frame.payload, frame.headers);
    return Decoded::ok;
"""),
])

right("a-whole-record-at-once", edits=[
    (DECODE, """    const Bytes whole = bytes.first(frame.size());
    const Bytes covered = whole.subspan(kRecordPrefixSize, whole.size() - kRecordPrefixSize - sizeof(std::uint32_t));
    if (load_little<std::uint32_t>(&whole[whole.size() - 4]) != crc32c(covered)) return Decoded::invalid;
    Record found;
    std::array<std::byte, EventId::kSize> id;
    std::memcpy(&id, &whole[kIdAt], sizeof id);
    found.id = EventId{id};
    found.time = load_little<std::int64_t>(&whole[kTimeAt]);
    found.offset = load_little<std::uint64_t>(&whole[kOffsetAt]);
    found.unsynced = load_little<std::uint32_t>(&whole[kUnsyncedAt]);
    found.payload = whole.subspan(kPayloadAt).first(frame.payload);
    found.headers = whole.last(frame.headers + 4).first(frame.headers);
    record = found;
    return Decoded::ok;
"""),
])
