#include <station/ledger/event/event.hpp>

#include <array>
#include <catch.hpp>
#include <limits>
#include <station/ledger/coordinate/coordinate.hpp>
#include <station/ledger/wire/message_pack.hpp>

#include "bytes.hpp"
#include "sample_events.hpp"

using namespace station::ledger;
using namespace station::ledger::test;

namespace {

bool is_refused(Bytes bytes) {
    const auto event = decode_event(bytes);
    return !event && event.error() == Errc::not_an_event;
}

// Its hashes are those of what it says.
bool is_whole(const EventView& event) {
    return blake3(event.payload) == event.header.content_hash && hash_of(event) == event.event_hash;
}

// An event in parts, so that one of them can be another one. The hashes need not be right: nobody looks at them here.
struct Part {
    std::string_view name;
    std::string hex;
};
using Parts = std::vector<Part>;

std::string key_hex(std::string_view text) {
    Buffer bytes;
    PackWriter{bytes}.string(text);
    return to_hex(bytes);
}

std::string zeros(std::size_t bytes) { return std::string(2 * bytes, '0'); }

Parts event_in_parts() {
    const std::string id = "c410" + zeros(16);
    const std::string hash = "c420" + zeros(32);
    const auto member = [](std::string_view name, const std::string& value) {
        return Part{name, key_hex(name) + value};
    };
    return {
        {"map", "85"},
        {"event", key_hex("event") + "83"},
        {"header", key_hex("header") + "89"},
        member("event_id", id),
        member("correlation_id", id),
        member("causation_id", "c0"),
        member("timestamp_us", "cd0400"),
        member("position", "85"),
        member("wall_ms", "01"),
        member("counter", "02"),
        member("depth", "00"),
        member("lane", "00"),
        member("sequence", "03"),
        member("payload_size", "02"),
        member("event_kind", "cd1001"),
        member("flags", "01"),
        member("content_hash", hash),
        member("payload", "91c0"),
        member("hash_chain", "82"),
        member("prev_hash", hash),
        member("event_hash", hash),
        member("entity", "a161"),
        member("scope", "a173"),
        member("idempotency_key", id),
        member("batch", "82"),
        member("first", "04"),
        member("count", "02"),
    };
}

std::size_t index_of(const Parts& parts, std::string_view name) {
    return static_cast<std::size_t>(std::ranges::find(parts, name, &Part::name) - parts.begin());
}

Buffer joined(const Parts& parts) {
    std::string hex;
    for (const Part& part : parts) hex += part.hex;
    return from_hex_text(hex);
}

// The event with another value for one of its keys.
Buffer with(std::string_view name, const std::string& value) {
    Parts parts = event_in_parts();
    parts[index_of(parts, name)].hex = name == "map" ? value : key_hex(name) + value;
    return joined(parts);
}

Buffer with_payload(const std::string& hex) {
    Parts parts = event_in_parts();
    Buffer size;
    PackWriter{size}.unsigned_integer(hex.size() / 2);
    parts[index_of(parts, "payload_size")].hex = key_hex("payload_size") + to_hex(size);
    parts[index_of(parts, "payload")].hex = key_hex("payload") + hex;
    return joined(parts);
}

Buffer without(std::initializer_list<std::string_view> names, const std::string& map) {
    Parts parts = event_in_parts();
    std::erase_if(parts, [&](const Part& part) { return std::ranges::find(names, part.name) != names.end(); });
    parts.front().hex = map;
    return joined(parts);
}

}  // namespace

TEST_CASE("event: the golden files are what is written") {
    for (const Sample& sample : samples()) {
        CAPTURE(sample.name);
        check_golden(sample.name, encoded(sample).bytes);
    }
    const Encoded with_cause = encoded(samples().at(kWithCause));
    check_golden("header", decode_event(with_cause.bytes)->header_bytes);
}

TEST_CASE("event: what is written is read") {
    for (const Sample& sample : samples()) {
        CAPTURE(sample.name);
        const Encoded event = encoded(sample);
        const auto view = decode_event(event.bytes);
        REQUIRE(view);
        EventHeader header = sample.header;
        header.payload_size = sample.payload.size();
        header.content_hash = blake3(sample.payload);
        CHECK(view->header == header);
        CHECK(std::ranges::equal(view->payload, sample.payload));
        CHECK(view->prev_hash == sample.prev_hash);
        CHECK(view->event_hash == event.hash);
        CHECK(view->entity == sample.entity);
        CHECK(view->scope == sample.scope);
        CHECK(view->idempotency_key == sample.key);
        CHECK(view->batch == sample.batch);
        CHECK(view->header_bytes.front() == std::byte{0x89});
        CHECK(view->tail.empty() == (!sample.key && !sample.batch));
        CHECK(is_whole(*view));
    }
}

TEST_CASE("event: the hash is that of what the chain binds, one behind the other") {
    const Sample& sample = samples().at(kWithBatch);
    const Encoded event = encoded(sample);
    const auto view = decode_event(event.bytes);
    REQUIRE(view);
    Buffer bytes(sample.prev_hash.bytes.begin(), sample.prev_hash.bytes.end());
    const auto append = [&](Bytes more) { bytes.insert(bytes.end(), more.begin(), more.end()); };
    append(station::log::as_bytes(sample.entity));
    bytes.push_back(std::byte{0});
    append(station::log::as_bytes(sample.scope));
    bytes.push_back(std::byte{0});
    append(view->header_bytes);
    append(Bytes{event.bytes}.last(view->tail.size()));
    CHECK(blake3(bytes) == event.hash);
    // Where one name ends and the other begins is part of it.
    CHECK(hash_of({}, "ab", "c", {}, {}) != hash_of({}, "a", "bc", {}, {}));
}

TEST_CASE("event: names of every length are read again") {
    for (std::size_t size = 1; size <= kMaxName; ++size) {
        CAPTURE(size);
        Sample sample = samples().at(kSmallest);
        sample.entity = std::string(size, 'e');
        sample.scope = std::string(kMaxName + 1 - size, 's');
        const Encoded event = encoded(sample);
        const auto view = decode_event(event.bytes);
        REQUIRE(view);
        CHECK(view->entity == sample.entity);
        CHECK(view->scope == sample.scope);
    }
}

TEST_CASE("event: an encoder writes again what is decided anew") {
    const Sample& sample = samples().at(kWithCause);
    EventEncoder encoder{sample.entity, sample.scope, sample.payload};
    Hash hash;
    encoder.encode(samples().at(kLargeNumbers).header, sample.prev_hash, EventId{}, BatchMark{1, 2}, hash);
    const Bytes again = encoder.encode(sample.header, sample.prev_hash, sample.key, sample.batch, hash);
    CHECK(std::ranges::equal(again, encoded(sample).bytes));
    CHECK(std::ranges::equal(encoder.payload(), sample.payload));
    CHECK(encoder.content_hash() == blake3(sample.payload));
}

TEST_CASE("event: the largest is no larger than is said") {
    Sample sample = samples().at(kLargeNumbers);
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
    sample.entity = std::string(kMaxName, 'e');
    sample.scope = std::string(kMaxName, 's');
    sample.header.timestamp_us = std::numeric_limits<std::int64_t>::min();
    sample.header.position = {kMost, kMost, kMost, kMost, kMost};
    sample.header.event_kind = EventKind::from_bits(0xFFFF);
    sample.header.flags = 0xFF;
    sample.header.causation_id = EventId{};
    sample.key = EventId{};
    sample.batch = BatchMark{kMost, kMost};
    sample.payload = Buffer(70000, std::byte{0xc0});
    sample.payload[0] = std::byte{0xdd};
    for (std::size_t i = 1; i < 5; ++i) sample.payload[i] = static_cast<std::byte>((70000U - 5) >> (8 * (4 - i)));
    const Encoded event = encoded(sample);
    CHECK(event.bytes.size() <= sample.payload.size() + EventEncoder::kMaxOverhead);
    const auto view = decode_event(event.bytes);
    REQUIRE(view);
    CHECK(view->header.position == sample.header.position);
    CHECK(view->header.timestamp_us == sample.header.timestamp_us);
    CHECK(view->batch == sample.batch);
    CHECK(is_whole(*view));
}

TEST_CASE("event: a part of one is none, and neither is more than one") {
    for (const Sample& sample : samples()) {
        CAPTURE(sample.name);
        Buffer bytes = encoded(sample).bytes;
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            CAPTURE(size);
            REQUIRE(is_refused(Bytes{bytes}.first(size)));
        }
        bytes.push_back(std::byte{0xc0});
        CHECK(is_refused(bytes));
    }
}

TEST_CASE("event: a changed byte is refused, or the hashes tell") {
    for (const std::size_t which : {kWithCause, kWithKeyAndBatch}) {
        const Buffer bytes = encoded(samples().at(which)).bytes;
        int read = 0;
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            for (unsigned value = 0; value < 256; ++value) {
                Buffer changed = bytes;
                changed[at] = static_cast<std::byte>(value);
                if (changed[at] == bytes[at]) continue;
                const auto view = decode_event(changed);
                if (!view) continue;
                ++read;
                CAPTURE(at, value);
                REQUIRE_FALSE(is_whole(*view));
            }
        }
        CHECK(read > 1000);
    }
}

TEST_CASE("event: each part has one form") {
    REQUIRE_FALSE(is_refused(joined(event_in_parts())));
    const std::string id_of_15 = "c40f" + zeros(15);
    const std::string id_of_17 = "c411" + zeros(17);
    for (const std::string_view name : {"event_id", "correlation_id", "causation_id", "idempotency_key"}) {
        CAPTURE(name);
        CHECK(is_refused(with(name, id_of_15)));
        CHECK(is_refused(with(name, id_of_17)));
        CHECK(is_refused(with(name, "c50010" + zeros(16))));
        CHECK(is_refused(with(name, "b0" + zeros(16))));
        CHECK(is_refused(with(name, "c0")) == (name != "causation_id"));
    }
    for (const std::string_view name : {"content_hash", "prev_hash", "event_hash"}) {
        CAPTURE(name);
        CHECK(is_refused(with(name, "c41f" + zeros(31))));
        CHECK(is_refused(with(name, "c421" + zeros(33))));
        CHECK(is_refused(with(name, "c50020" + zeros(32))));
        CHECK(is_refused(with(name, "c0")));
    }
    for (const std::string_view name : {"wall_ms", "counter", "depth", "lane", "sequence", "first"}) {
        CAPTURE(name);
        CHECK_FALSE(is_refused(with(name, "cfffffffffffffffff")));
        CHECK(is_refused(with(name, "cc01")));
        CHECK(is_refused(with(name, "d001")));
        CHECK(is_refused(with(name, "ff")));
        CHECK(is_refused(with(name, "c0")));
        CHECK(is_refused(with(name, "cb3ff0000000000000")));
    }
    CHECK_FALSE(is_refused(with("timestamp_us", "ff")));
    CHECK_FALSE(is_refused(with("timestamp_us", "d38000000000000000")));
    CHECK(is_refused(with("timestamp_us", "d10400")));
    CHECK(is_refused(with("timestamp_us", "cf8000000000000000")));
    CHECK_FALSE(is_refused(with("event_kind", "cdffff")));
    CHECK(is_refused(with("event_kind", "ce00010000")));
    CHECK_FALSE(is_refused(with("flags", "ccff")));
    CHECK(is_refused(with("flags", "cd0100")));
    CHECK(is_refused(with("payload_size", "01")));
    CHECK(is_refused(with("payload_size", "03")));
    CHECK_FALSE(is_refused(with("count", "ccff")));
    CHECK(is_refused(with("count", "01")));
    CHECK(is_refused(with("count", "00")));
    CHECK(is_refused(with("header", "8a")));
    CHECK(is_refused(with("header", "de0009")));
    CHECK(is_refused(with("event", "84")));
    CHECK(is_refused(with("position", "84")));
    CHECK(is_refused(with("hash_chain", "83")));
    CHECK(is_refused(with("batch", "83")));
    CHECK(is_refused(with("map", "de0005")));
    CHECK(is_refused(with("map", "95")));
}

TEST_CASE("event: a payload is one value of any form") {
    for (const char* const hex : {"c0", "d90161", "ca00000000", "c70001",
                                  "d801"
                                  "00000000000000000000000000000000"}) {
        CAPTURE(hex);
        CHECK_FALSE(is_refused(with_payload(hex)));
    }
    for (const char* const hex : {"", "c0c0", "c1", "91"}) {
        CAPTURE(hex);
        CHECK(is_refused(with_payload(hex)));
    }
    std::string nested;
    for (int level = 0; level < 64; ++level) nested += "91";
    CHECK_FALSE(is_refused(with_payload(nested + "c0")));
    CHECK(is_refused(with_payload("91" + nested + "c0")));
}

TEST_CASE("event: names are names") {
    for (const std::string_view name : {"entity", "scope"}) {
        CAPTURE(name);
        CHECK_FALSE(is_refused(with(name, "d9ff" + std::string(2 * 255, '6'))));
        CHECK_FALSE(is_refused(with(name, "a2c3a9")));
        CHECK(is_refused(with(name, "a0")));
        CHECK(is_refused(with(name, "da0100" + std::string(2 * 256, '6'))));
        CHECK(is_refused(with(name, "d90161")));
        CHECK(is_refused(with(name, "a10a")));
        CHECK(is_refused(with(name, "a17f")));
        CHECK(is_refused(with(name, "a1ff")));
        CHECK(is_refused(with(name, "a2c285")));
        CHECK(is_refused(with(name, "c40161")));
    }
}

TEST_CASE("event: keys stand in their order, each of them once, and nothing else") {
    const Parts parts = event_in_parts();
    for (std::size_t i = 1; i < parts.size(); ++i) {
        CAPTURE(parts[i].name);
        Parts doubled = parts;
        doubled.insert(doubled.begin() + static_cast<std::ptrdiff_t>(i), parts[i]);
        CHECK(is_refused(joined(doubled)));
        Parts missing = parts;
        missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(i));
        CHECK(is_refused(joined(missing)));
        Parts renamed = parts;
        renamed[i].hex.replace(2, 2, "78");
        CHECK(is_refused(joined(renamed)));
        if (i + 1 == parts.size()) break;
        Parts swapped = parts;
        std::swap(swapped[i], swapped[i + 1]);
        CHECK(is_refused(joined(swapped)));
    }
    CHECK_FALSE(is_refused(without({"idempotency_key", "batch", "first", "count"}, "83")));
    CHECK_FALSE(is_refused(without({"idempotency_key"}, "84")));
    CHECK_FALSE(is_refused(without({"batch", "first", "count"}, "84")));
    // The outermost map says how many follow.
    CHECK(is_refused(with("map", "83")));
    CHECK(is_refused(with("map", "84")));
    CHECK(is_refused(with("map", "86")));
    CHECK(is_refused(without({"idempotency_key"}, "83")));
    CHECK(is_refused(without({"idempotency_key"}, "85")));
    CHECK(is_refused(without({"batch", "first", "count"}, "83")));
    CHECK(is_refused(without({"batch", "first", "count"}, "85")));
    CHECK(is_refused(without({"idempotency_key", "batch", "first", "count"}, "84")));
    CHECK(is_refused(without({"idempotency_key", "batch", "first", "count"}, "85")));
    Parts turned = parts;
    std::rotate(turned.begin() + static_cast<std::ptrdiff_t>(index_of(turned, "idempotency_key")),
                turned.begin() + static_cast<std::ptrdiff_t>(index_of(turned, "batch")), turned.end());
    CHECK(is_refused(joined(turned)));
}

TEST_CASE("event: random bytes are none, and neither is one that was changed at random") {
    std::mt19937_64 random{seed()};
    CAPTURE(seed());
    for (int round = 0; round < 20000; ++round) REQUIRE(is_refused(random_bytes(random, 700)));
    const Buffer event = encoded(samples().at(kWithKeyAndBatch)).bytes;
    for (int round = 0; round < 20000; ++round) {
        Buffer changed = event;
        for (auto changes = 1 + random() % 4; changes > 0; --changes) {
            changed[random() % changed.size()] = static_cast<std::byte>(random());
        }
        if (random() % 2 == 0) changed.resize(random() % changed.size());
        if (changed == event) continue;
        CAPTURE(to_hex(changed));
        const auto view = decode_event(changed);
        REQUIRE((!view || !is_whole(*view)));
    }
}
