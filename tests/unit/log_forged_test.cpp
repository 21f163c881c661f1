// A publisher's payload may hold the bytes of a whole record. Where damage takes the frame around it, it must not come
// to life; and it must not make recovery cut what was durable.
#include "log_support.hpp"

#include <algorithm>
#include <limits>
#include <station/log/verify.hpp>

namespace station::log {
namespace {

using namespace station::test;

using FileBytes = std::vector<std::byte>;

// A record that fits behind whatever is lost, as far as it itself can tell.
FileBytes forged(std::uint64_t offset, std::uint32_t unsynced = 0, unsigned char id = 0xff) {
    std::array<std::byte, EventId::kSize> bytes;
    bytes.fill(std::byte{0xff});
    bytes.back() = static_cast<std::byte>(id);
    const Record record{
        EventId{bytes}, std::numeric_limits<std::int64_t>::max(), offset, unsynced, as_bytes("FORGED"), {}};
    FileBytes encoded(record.size());
    encode_record(record, encoded.data());
    return encoded;
}

FileBytes text(std::string_view words) {
    const Bytes bytes = as_bytes(words);
    return {bytes.begin(), bytes.end()};
}

FileBytes operator+(FileBytes a, const FileBytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

struct Forged {
    SimulatedDisk disk;
    std::vector<std::uint64_t> starts;  // of the records, and where the last one ends

    // Every payload its own group, or the last `together` of them one.
    Forged(const std::vector<FileBytes>& payloads, bool clean, std::size_t together = 1) {
        {
            auto bus = open_bus(single_threaded(small_config(disk)));
            auto topic = open_topic(bus);
            std::size_t at = 0;
            for (; at + together < payloads.size(); ++at) REQUIRE(topic.publish(Bytes{payloads[at]}));
            std::vector<Message> rest;
            for (; at < payloads.size(); ++at) rest.push_back({Bytes{payloads[at]}});
            REQUIRE(topic.publish_batch(rest));
            if (clean) bus.shutdown();
            disk.kill();  // what the bus does from here on no longer reaches the disk
        }
        disk.power_on();
        starts.push_back(kSegmentHeaderSize);
        for (const FileBytes& payload : payloads) starts.push_back(starts.back() + record_size(payload.size(), 0));
    }

    FileBytes bytes() { return disk.content(segment_path(1)); }
    void zero(std::uint64_t from, std::uint64_t to) {
        FileBytes broken = bytes();
        std::fill(broken.begin() + static_cast<std::ptrdiff_t>(from), broken.begin() + static_cast<std::ptrdiff_t>(to),
                  std::byte{0});
        disk.set_content(segment_path(1), broken);
    }
    void flip(std::uint64_t at) {
        FileBytes broken = bytes();
        broken[at] ^= std::byte{0x55};
        disk.set_content(segment_path(1), broken);
    }
};

// What a reader gets: payloads, and "lost A to B".
std::vector<std::string> seen(Topic& topic) {
    std::vector<std::string> all;
    auto cursor = topic.subscribe(StartFrom::beginning());
    for (;;) {
        const auto batch = cursor.poll();
        if (!batch) {
            REQUIRE(batch.error() == Errc::damaged);
            all.push_back("lost " + std::to_string(cursor.damage().first_offset) + " to " +
                          std::to_string(cursor.damage().next_offset));
            cursor.skip_damage();
            continue;
        }
        if (batch->empty()) return all;
        for (const EventView& event : *batch) all.emplace_back(as_text(event.payload));
    }
}

std::vector<std::string> seen(SimulatedDisk& disk) {
    auto bus = open_bus(small_config(disk));
    auto topic = open_topic(bus);
    const auto found = seen(topic);
    CHECK_FALSE(topic.recovery().damage.empty());
    CHECK(topic.publish("no").error() == Errc::topic_damaged);
    return found;
}

const FileBytes kA = text("A");
const FileBytes kC = text("C");
const FileBytes kD = text("D");
const FileBytes kE = text("E");

TEST_CASE("forged: a record in a payload does not come to life where the frame around it is zeroed") {
    const bool clean = GENERATE(false, true);
    const std::vector<std::string> wanted{"lost 0 to 2", "C", "D", "E"};
    SECTION("one record") {
        Forged stored{{kA, text("harmless ") + forged(1) + text(" tail"), kC, kD, kE}, clean};
        stored.zero(stored.starts[0], stored.starts[1] + 60);
        CHECK(seen(stored.disk) == wanted);
    }
    SECTION("a chain of them, up to the payload's end") {
        Forged stored{{kA, text("x") + forged(1) + forged(2, 0, 0xfe) + forged(1, 0, 0xfd) + forged(2), kC, kD, kE},
                      clean};
        stored.zero(stored.starts[0], stored.starts[1] + 54);
        CHECK(seen(stored.disk) == wanted);
    }
    SECTION("in the last payload of all") {
        Forged stored{{kA, kC, text("x") + forged(2)}, true};
        stored.zero(stored.starts[1], stored.starts[2] + 55);
        auto bus = open_bus(small_config(stored.disk));
        auto topic = open_topic(bus);
        CHECK(seen(topic) == std::vector<std::string>{"A", "lost 1 to 1"});
        CHECK_FALSE(topic.recovery().damage.empty());
    }
}

TEST_CASE("forged: a record in a payload does not come to life where two frames are broken by single bits") {
    Forged stored{{kA, text("harmless ") + forged(1) + text(" tail"), kC, kD, kE}, GENERATE(false, true)};
    stored.flip(stored.starts[0]);          // A's magic number: no frame holds together there
    stored.flip(stored.starts[2] - 4 - 5);  // the end of B's payload
    CHECK(seen(stored.disk) == std::vector<std::string>{"lost 0 to 2", "C", "D", "E"});
}

TEST_CASE("forged: records between damage and a torn tail are fenced, and nothing of them is ever cut") {
    Forged stored{{kA, kC, kD, kE, text("the last group"), text("of two")}, false, 2};
    stored.flip(stored.starts[0] + 56);
    stored.flip(stored.starts[4] + 56);
    stored.flip(stored.starts[5] + 56);
    const FileBytes broken = stored.bytes();
    CHECK(seen(stored.disk) == std::vector<std::string>{"lost 0 to 0"});
    CHECK(stored.bytes() == broken);
    std::vector<std::string> lines;
    REQUIRE_FALSE(dump_segment(stored.disk, segment_path(1), [&](const std::string& line) { lines.push_back(line); }));
    const auto count = [&](std::string_view words) {
        return std::count_if(lines.begin(), lines.end(),
                             [&](const std::string& line) { return line.find(words) != std::string::npos; });
    };
    CHECK(count(": fenced, since nothing vouches for it: record") == 3);
    CHECK(count("no valid record") == 2);
}

TEST_CASE("forged: what the index names between two damaged places counts") {
    std::vector<FileBytes> payloads;
    for (int i = 0; i < 12; ++i) payloads.push_back(text("event " + std::to_string(i)));
    const bool indexed = GENERATE(false, true);
    Forged stored{payloads, indexed};  // an entry every 256 bytes: every fourth record
    stored.flip(stored.starts[1] + 56);
    stored.flip(stored.starts[9] + 56);
    std::vector<std::string> wanted{"event 0"};
    if (indexed) {
        wanted.push_back("lost 1 to 2");
        for (int i = 2; i < 9; ++i) wanted.push_back("event " + std::to_string(i));
        wanted.push_back("lost 9 to 10");
    } else {
        wanted.push_back("lost 1 to 10");
    }
    wanted.insert(wanted.end(), {"event 10", "event 11"});
    CHECK(seen(stored.disk) == wanted);
}

TEST_CASE("forged: readers say what recovery says, wherever they begin, and where nothing was scanned") {
    std::vector<FileBytes> payloads;
    for (int i = 0; i < 12; ++i) payloads.push_back(text("event " + std::to_string(i)));
    payloads[2] = text("x") + forged(2) + text("tail");
    Forged stored{payloads, true};
    auto bus = open_bus(small_config(stored.disk));  // sound when it was opened
    auto topic = open_topic(bus);
    stored.zero(stored.starts[1], stored.starts[2] + 54);
    std::vector<std::string> wanted{"event 0", "lost 1 to 3"};
    for (int i = 3; i < 12; ++i) wanted.push_back("event " + std::to_string(i));
    CHECK(seen(topic) == wanted);
    auto cursor = topic.subscribe(StartFrom::offset(3));
    CHECK(cursor.poll()->front().offset == 3);
    const auto verdicts = verify(stored.disk, kFolder, {});
    REQUIRE(verdicts);
    REQUIRE((*verdicts)[0].damage.size() == 1);
    CHECK((*verdicts)[0].damage[0].first_offset == 1);
    CHECK((*verdicts)[0].damage[0].next_offset == 3);
}

}  // namespace
}  // namespace station::log
