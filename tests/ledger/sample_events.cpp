#include "sample_events.hpp"

#include <catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string_view>

namespace station::ledger::test {
namespace {

EventId id_of(std::string_view text) { return EventId::from_text(text).value(); }

Sample small(std::string name) {
    Sample sample;
    sample.name = std::move(name);
    sample.entity = "account:7";
    sample.scope = "bank";
    sample.payload = from_hex_text("81 a6 616d6f756e74 cd04d2");  // {"amount":1234}
    sample.header.event_id = id_of("018bcfe5-6800-7abc-8123-456789abcdef");
    sample.header.correlation_id = sample.header.event_id;
    sample.header.timestamp_us = 1'700'000'000'123'456;
    sample.header.position.wall_ms = 1'700'000'000'123;
    sample.header.event_kind = EventKind::custom(1, 1);
    return sample;
}

std::vector<Sample> make_samples() {
    const Hash earlier = blake3(log::as_bytes("earlier"));

    Sample smallest;
    smallest.name = "smallest";
    smallest.entity = "e";
    smallest.scope = "s";
    smallest.payload = from_hex_text("c0");

    Sample with_cause = small("with_cause");
    with_cause.header.correlation_id = id_of("018bcfe5-67ff-7000-8000-000000000001");
    with_cause.header.causation_id = id_of("018bcfe5-67ff-7000-8000-000000000002");
    with_cause.header.position.sequence = 41;
    with_cause.header.position.counter = 3;
    with_cause.header.flags = flags::wants_ack | flags::replayed;
    with_cause.prev_hash = earlier;

    Sample with_key = small("with_key");
    with_key.key = id_of("c0ffee00-0000-4000-8000-00000000beef");

    Sample with_batch = small("with_batch");
    with_batch.batch = BatchMark{300, 3};
    with_batch.prev_hash = earlier;

    Sample with_key_and_batch = small("with_key_and_batch");
    with_key_and_batch.key = with_key.key;
    with_key_and_batch.batch = BatchMark{0, 2};

    Sample large_numbers = small("large_numbers");
    large_numbers.header.timestamp_us = std::numeric_limits<std::int64_t>::max();
    large_numbers.header.position.wall_ms = std::numeric_limits<std::uint64_t>::max();
    large_numbers.header.position.counter = 65536;
    large_numbers.header.position.sequence = 4'294'967'296;
    large_numbers.header.event_kind = EventKind::custom(15, 4095);
    large_numbers.header.flags = 255;
    large_numbers.prev_hash = earlier;
    large_numbers.batch = BatchMark{4'294'967'295, 65535};

    Sample negative = small("negative_integers");
    negative.payload = from_hex_text("97 ff e0 d0df d080 d1ff7f d2ffff7fff d38000000000000000");
    negative.header.timestamp_us = -1;

    Sample unicode = small("unicode_names");
    unicode.entity = "konto:Zo\xc3\xab/\xe6\x97\xa5\xe6\x9c\xac";
    unicode.scope = "\xf0\x9f\x8f\xa6";

    Sample long_names = small("long_names");
    long_names.entity = std::string(32, 'e');
    long_names.scope = std::string(255, 's');

    // Any MessagePack is a payload: longer than it must be, a float of 32 bits, an ext that stands for ciphertext.
    Sample not_shortest = small("payload_not_shortest");
    not_shortest.payload = from_hex_text("dd00000004 cf0000000000000001 ca3fc00000 db0000000161 de0000");
    Sample extension = small("payload_extension");
    extension.payload = from_hex_text("c7 29 01" + std::string(82, '5'));

    return {smallest, with_cause, with_key,   with_batch,   with_key_and_batch, large_numbers,
            negative, unicode,    long_names, not_shortest, extension};
}

}  // namespace

const std::vector<Sample>& samples() {
    static const std::vector<Sample> all = make_samples();
    return all;
}

Encoded encoded(const Sample& sample) {
    EventEncoder encoder{sample.entity, sample.scope, sample.payload};
    Encoded event;
    const Bytes bytes = encoder.encode(sample.header, sample.prev_hash, sample.key, sample.batch, event.hash);
    event.bytes.assign(bytes.begin(), bytes.end());
    return event;
}

void check_golden(const std::string& name, Bytes bytes) {
    constexpr std::size_t kDigitsInLine = 64;
    const std::string path = std::string{STATION_LEDGER_GOLDEN} + "/" + name + ".hex";
    std::string lines;
    const std::string hex = to_hex(bytes);
    for (std::size_t at = 0; at < hex.size(); at += kDigitsInLine) lines += hex.substr(at, kDigitsInLine) + "\n";
    const char* const rewrite = std::getenv("STATION_REWRITE_GOLDEN");
    if (rewrite != nullptr && std::string_view{rewrite} == "1") std::ofstream{path, std::ios::binary} << lines;
    std::ifstream file{path, std::ios::binary};
    CHECK(std::string{std::istreambuf_iterator<char>{file}, {}} == lines);
}

}  // namespace station::ledger::test
