#include "log_support.hpp"
#include "random.hpp"

#include <algorithm>
#include <station/log/detail/scan.hpp>
#include <station/log/verify.hpp>

namespace station::log {
namespace {

using namespace station::test;

using FileBytes = std::vector<std::byte>;

// Every event of its own group, in one segment unless told otherwise.
struct Stored {
    SimulatedDisk disk;
    std::size_t events;

    explicit Stored(std::size_t count, Durability durability = {}, bool clean = false) : events(count) {
        {
            auto bus = open_bus(single_threaded(small_config(disk, durability)));
            auto topic = open_topic(bus);
            publish_numbered(topic, count);
            if (clean) bus.shutdown();
            disk.kill();  // what the bus does from here on no longer reaches the disk
        }
        disk.power_on();
    }

    FileBytes bytes(std::uint32_t number = 1) { return disk.content(segment_path(number)); }
    void put(const FileBytes& bytes, std::uint32_t number = 1) { disk.set_content(segment_path(number), bytes); }
};

std::vector<std::uint64_t> positions(const FileBytes& bytes) {
    std::vector<std::uint64_t> starts;
    std::size_t at = kSegmentHeaderSize;
    while (const auto size = framed_size(Bytes{bytes}.subspan(at))) {
        starts.push_back(at);
        at += *size;
    }
    starts.push_back(at);
    return starts;
}

TEST_CASE("recovery: after a kill all is there, and offsets, ids and times go on") {
    for (const Durability durability : {Durability::always(), Durability::os()}) {
        Stored stored{150, durability};
        auto bus = open_bus(small_config(stored.disk, durability));
        auto topic = open_topic(bus);
        CHECK(read_all(topic) == numbered(150));
        CHECK(topic.recovery().cut_from.empty());
        CHECK_FALSE(topic.recovery().clean);
        auto cursor = topic.subscribe(StartFrom::offset(149));
        const auto last = cursor.next();
        REQUIRE(last);
        const EventId last_id = last->id;
        const auto receipt = topic.publish("more");
        REQUIRE(receipt);
        CHECK(receipt->offset == 150);
        CHECK(receipt->id > last_id);
        CHECK(receipt->time >= last->time);
    }
}

TEST_CASE("recovery: a log cut at any byte of its last record loses that record alone") {
    Stored stored{20};
    const FileBytes whole = stored.bytes();
    const auto starts = positions(whole);
    REQUIRE(starts.size() == 21);
    for (std::uint64_t size = starts[19]; size < starts[20]; ++size) {
        FileBytes cut{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)};
        if (size % 2 == 0) cut.resize(whole.size());  // the same with zeros behind the cut
        stored.put(cut);
        auto bus = open_bus(small_config(stored.disk));
        auto topic = open_topic(bus);
        REQUIRE(read_all(topic) == numbered(19));
        REQUIRE(topic.recovery().damage.empty());
        REQUIRE(topic.publish("event 19")->offset == 19);
        REQUIRE(read_all(topic) == numbered(20));
        bus.shutdown();
        stored.disk.remove(index_path(1));
    }
}

TEST_CASE("recovery: no flipped bit of the last record goes unseen, and its bytes are kept") {
    Stored stored{5};
    const FileBytes whole = stored.bytes();
    const auto starts = positions(whole);
    for (std::uint64_t bit = starts[4] * 8; bit < starts[5] * 8; ++bit) {
        FileBytes bad = whole;
        bad[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
        stored.put(bad);
        auto bus = open_bus(small_config(stored.disk));
        auto topic = open_topic(bus);
        REQUIRE(read_all(topic) == numbered(4));
        const RecoveryReport& report = topic.recovery();
        REQUIRE(report.cut_at == starts[4]);
        FileBytes kept{bad.begin() + static_cast<std::ptrdiff_t>(starts[4]),
                       bad.begin() + static_cast<std::ptrdiff_t>(starts[5])};
        while (kept.back() == std::byte{}) kept.pop_back();  // zeros at the end are the same as nothing
        REQUIRE(report.cut_bytes == kept.size());
        REQUIRE(stored.disk.content(report.cut_into) == kept);
        bus.shutdown();
        stored.disk.remove(report.cut_into);
        stored.disk.remove(index_path(1));
    }
}

TEST_CASE("recovery: every byte of a middle record, broken, is damage: fenced, and nothing else is lost") {
    Stored stored{20};
    const FileBytes whole = stored.bytes();
    const auto starts = positions(whole);
    for (std::uint64_t at = starts[10]; at < starts[11]; ++at) {
        FileBytes bad = whole;
        bad[at] ^= std::byte{0x41};
        stored.put(bad);
        auto bus = open_bus(small_config(stored.disk));
        auto topic = open_topic(bus);
        REQUIRE(topic.recovery().damage.size() == 1);
        REQUIRE(topic.recovery().damage[0].from == starts[10]);
        REQUIRE(topic.recovery().damage[0].to == starts[11]);
        REQUIRE(topic.recovery().damage[0].first_offset == 10);
        REQUIRE(topic.recovery().damage[0].next_offset == 11);
        REQUIRE(topic.publish("no").error() == Errc::topic_damaged);
        auto cursor = topic.subscribe(StartFrom::beginning());
        REQUIRE(cursor.poll()->size() == 10);
        REQUIRE(cursor.poll().error() == Errc::damaged);
        REQUIRE(cursor.poll().error() == Errc::damaged);  // never skipped in silence
        REQUIRE(cursor.damage().from == starts[10]);
        cursor.skip_damage();
        REQUIRE(cursor.poll()->size() == 9);
        REQUIRE(read_all(topic, StartFrom::offset(11)) == numbered(9, 11));
        bus.shutdown();
        REQUIRE(stored.bytes() == bad);  // not a byte was changed
    }
}

TEST_CASE("recovery: a torn group is cut whole, though valid records lie behind the tear") {
    // One group of ten: all were written before any of them was synced.
    SimulatedDisk disk;
    std::vector<std::string> payloads = numbered(10, 5);
    {
        auto bus = open_bus(small_config(disk));
        auto topic = open_topic(bus);
        publish_numbered(topic, 5);
        std::vector<Message> messages;
        for (const std::string& payload : payloads) messages.push_back({as_bytes(payload)});
        REQUIRE(topic.publish_batch(messages));
        disk.kill();
    }
    const FileBytes whole = disk.content(segment_path(1));
    const auto starts = positions(whole);
    for (std::size_t broken = 5; broken < 15; ++broken) {
        FileBytes bad = whole;
        std::fill_n(bad.begin() + static_cast<std::ptrdiff_t>(starts[broken]), 20, std::byte{0});
        disk.set_content(segment_path(1), bad);
        auto bus = open_bus(small_config(disk));
        auto topic = open_topic(bus);
        INFO("broken event " << broken);
        REQUIRE(topic.recovery().damage.empty());
        REQUIRE(read_all(topic) == numbered(broken));
        REQUIRE(topic.publish("event " + std::to_string(broken))->offset == broken);
        REQUIRE(read_all(topic) == numbered(broken + 1));
        bus.shutdown();
        disk.remove(index_path(1));
    }
}

TEST_CASE("recovery: what lay behind a cut never comes back") {
    Stored stored{20, Durability::os()};
    const FileBytes whole = stored.bytes();
    const auto starts = positions(whole);
    FileBytes bad = whole;
    bad[starts[10]] ^= std::byte{1};
    stored.put(bad);
    {
        auto bus = open_bus(small_config(stored.disk, Durability::os()));
        auto topic = open_topic(bus);
        CHECK(read_all(topic) == numbered(10));
        // As long as the one that was lost, so that the records behind it would fit again.
        REQUIRE(topic.publish("event 10"));
        stored.disk.kill();
    }
    auto bus = open_bus(small_config(stored.disk, Durability::os()));
    auto topic = open_topic(bus);
    CHECK(read_all(topic) == numbered(11));
}

TEST_CASE("recovery: after a clean close even the last record's loss is damage") {
    Stored stored{10, Durability::os(), true};
    const FileBytes whole = stored.bytes();
    const auto starts = positions(whole);
    FileBytes flipped = whole;
    flipped[starts[9] + 20] ^= std::byte{1};
    FileBytes zeroed = whole;
    std::fill(zeroed.begin() + static_cast<std::ptrdiff_t>(starts[9]), zeroed.end(), std::byte{0});
    const FileBytes cut{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(starts[9])};
    const FileBytes* const kinds[] = {&flipped, &zeroed, &cut};
    stored.put(*kinds[GENERATE(0, 1, 2)]);
    auto bus = open_bus(small_config(stored.disk, Durability::os()));
    auto topic = open_topic(bus);
    REQUIRE_FALSE(topic.recovery().damage.empty());
    CHECK(topic.recovery().damage[0].from == starts[9]);
    CHECK(topic.publish("no").error() == Errc::topic_damaged);
    auto cursor = topic.subscribe(StartFrom::beginning());
    CHECK(cursor.poll()->size() == 9);
}

TEST_CASE("recovery: lost, cut short, stale or wrong index files are made again from the log") {
    Stored stored{300, {}, true};
    const auto last = static_cast<std::uint32_t>([&] {
        auto bus = open_bus(small_config(stored.disk));
        return open_topic(bus).stats().segments;
    }());
    REQUIRE(last > 3);
    const FileBytes good = stored.disk.content(index_path(1));
    const FileBytes other = stored.disk.content(index_path(2));
    FileBytes flipped = good;
    flipped[30] ^= std::byte{1};
    const FileBytes cut{good.begin(), good.end() - 1};
    for (const FileBytes& index : {FileBytes{}, cut, flipped, other}) {
        stored.disk.set_content(index_path(1), index);
        auto bus = open_bus(small_config(stored.disk));
        auto topic = open_topic(bus);
        CHECK(topic.recovery().rebuilt_indexes == 1);
        CHECK(topic.recovery().scanned_segments == 2);
        CHECK(read_all(topic) == numbered(300));
        bus.shutdown();
        CHECK(stored.disk.content(index_path(1)) == good);
    }
    for (std::uint32_t number = 1; number <= last; ++number) stored.disk.remove(index_path(number));
    auto bus = open_bus(small_config(stored.disk));
    auto topic = open_topic(bus);
    CHECK(topic.recovery().rebuilt_indexes == last - 1);
    CHECK(read_all(topic, StartFrom::offset(100)) == numbered(200, 100));
    CHECK(stored.disk.content(index_path(1)) == good);
}

TEST_CASE("recovery: damage in a sealed segment is found when it is read, or when its index is lost") {
    Stored stored{300};
    const auto starts = positions(stored.bytes());
    FileBytes bad = stored.bytes();
    bad[starts[7] + 60] ^= std::byte{4};
    stored.put(bad);
    {
        auto bus = open_bus(small_config(stored.disk));
        auto topic = open_topic(bus);
        CHECK(topic.recovery().damage.empty());
        auto cursor = topic.subscribe(StartFrom::beginning());
        CHECK(cursor.poll()->size() == 7);
        CHECK(cursor.poll().error() == Errc::damaged);
        CHECK(cursor.damage().first_offset == 7);
        cursor.skip_damage();
        std::size_t rest = 0;
        while (const std::size_t more = cursor.poll()->size()) rest += more;
        CHECK(rest == 292);
    }
    for (const std::string& file : stored.disk.files()) {
        if (file.ends_with(".idx")) stored.disk.remove(file);
    }
    auto bus = open_bus(small_config(stored.disk));
    auto topic = open_topic(bus);
    REQUIRE(topic.recovery().damage.size() == 1);
    CHECK(topic.recovery().damage[0].from == starts[7]);
    CHECK(stored.bytes() == bad);
}

TEST_CASE("recovery: a lost segment is damage, and the rest can be read") {
    Stored stored{300};
    stored.disk.remove(segment_path(2));
    stored.disk.remove(index_path(2));
    auto bus = open_bus(small_config(stored.disk));
    auto topic = open_topic(bus);
    REQUIRE_FALSE(topic.recovery().damage.empty());
    CHECK(topic.publish("no").error() == Errc::topic_damaged);
    auto cursor = topic.subscribe(StartFrom::beginning());
    std::size_t before = 0;
    for (;;) {
        const auto batch = cursor.poll();
        if (!batch) break;
        before += batch->size();
    }
    CHECK(cursor.damage().first_offset == before);
    cursor.skip_damage();
    std::size_t after = 0;
    while (const std::size_t more = cursor.poll()->size()) after += more;
    CHECK(after == 300 - cursor.damage().next_offset);
}

TEST_CASE("recovery: a torn segment header is cut, and the segment begins again") {
    Stored stored{100};
    std::uint32_t last = 1;
    while (stored.disk.exists(segment_path(last + 1)).value() && !stored.bytes(last + 1).empty()) ++last;
    FileBytes bytes = stored.bytes(last);
    SegmentHeader header;
    REQUIRE(decode_segment_header(bytes, header) == Decoded::ok);
    const FileBytes whole = bytes;
    // The header and its group are written at once: nothing of them was synced.
    const std::uint64_t first_end = positions(bytes)[1];
    bytes.resize(first_end);
    bytes[5] ^= std::byte{1};
    stored.put(bytes, last);
    {
        auto bus = open_bus(small_config(stored.disk));
        auto topic = open_topic(bus);
        CHECK(topic.recovery().damage.empty());
        CHECK(read_all(topic) == numbered(header.base_offset));
        CHECK(topic.publish("new")->offset == header.base_offset);
    }
    // A header that was durable, broken, is damage.
    bytes = whole;
    bytes[5] ^= std::byte{1};
    stored.put(bytes, last);
    stored.disk.remove(index_path(last));
    auto bus = open_bus(small_config(stored.disk));
    CHECK_FALSE(open_topic(bus).recovery().damage.empty());
}

TEST_CASE("recovery: a record inside a payload is no record") {
    SimulatedDisk disk;
    Record inner;
    inner.offset = 11;
    inner.time = std::numeric_limits<std::int64_t>::max();
    inner.id = *EventId::from_text("ffffffff-ffff-7fff-bfff-ffffffffffff");
    inner.payload = as_bytes("forged");
    FileBytes forged(inner.size());
    encode_record(inner, forged.data());
    {
        auto bus = open_bus(small_config(disk));
        auto topic = open_topic(bus);
        publish_numbered(topic, 10);
        REQUIRE(topic.publish(Bytes{forged}));
        disk.kill();
    }
    FileBytes bytes = disk.content(segment_path(1));
    const auto starts = positions(bytes);
    bytes[starts[10] + 13] ^= std::byte{1};  // in the id: the CRC fails, the frame holds
    disk.set_content(segment_path(1), bytes);
    auto bus = open_bus(small_config(disk));
    auto topic = open_topic(bus);
    CHECK(topic.recovery().damage.empty());
    CHECK(read_all(topic) == numbered(10));
}

TEST_CASE("recovery: garbage of any kind neither hurts nor is taken for events") {
    Random random;
    INFO(random.how_to_repeat());
    Stored stored{30};
    const FileBytes whole = stored.bytes();
    for (int round = 0; round < 300; ++round) {
        FileBytes bad = whole;
        const std::size_t from = random.index(bad.size());
        const std::size_t length = std::min<std::size_t>(bad.size() - from, 1 + random.index(400));
        for (std::size_t i = 0; i < length; ++i) bad[from + i] = static_cast<std::byte>(random.between(0, 255));
        if (random.chance(0.3)) bad.resize(random.index(bad.size()));
        stored.put(bad);
        stored.disk.remove(index_path(1));
        auto opened = Bus::open(small_config(stored.disk));
        if (!opened) continue;  // a header of a later version
        auto topic = open_topic(*opened);
        auto cursor = topic.subscribe(StartFrom::beginning());
        std::uint64_t next = 0;
        for (;;) {
            const auto batch = cursor.poll();
            if (!batch) {
                cursor.skip_damage();
                continue;
            }
            if (batch->empty()) break;
            for (const EventView& event : *batch) {
                REQUIRE(event.offset >= next);
                REQUIRE(as_text(event.payload) == "event " + std::to_string(event.offset));
                next = event.offset + 1;
            }
        }
        opened->shutdown();
    }
}

// A kernel forgets what it could not write: the next process can read it, and its sync of the same file succeeds.
TEST_CASE("recovery: a segment whose sync failed is written again before it counts as durable") {
    SimulatedDisk disk;
    auto config = small_config(disk, Durability::os());
    config.writer_threads = 0;
    std::size_t count = 0;
    {
        auto bus = open_bus(config);
        auto topic = open_topic(bus);
        disk.fail_sync(1);  // of the first segment, when it is sealed
        while (topic.publish("event " + std::to_string(count))) ++count;
        REQUIRE(topic.stats().segments == 2);
        disk.kill();
    }
    {
        auto bus = open_bus(config);
        auto topic = open_topic(bus);
        const std::size_t found = read_all(topic).size();
        REQUIRE(found >= count);
        publish_numbered(topic, 300, found);
        REQUIRE(topic.stats().segments >= 5);
        disk.crash();
    }
    auto bus = open_bus(config);
    auto topic = open_topic(bus);
    CHECK(topic.recovery().damage.empty());
    const auto left = read_all(topic);
    CHECK(left.size() > count);
    CHECK(left == numbered(left.size()));
}

TEST_CASE("recovery: another topic's segment is damage, not another topic's events") {
    SimulatedDisk disk;
    {
        auto bus = open_bus(small_config(disk));
        auto one = open_topic(bus, "one");
        auto two = open_topic(bus, "two");
        for (int i = 0; i < 3; ++i) REQUIRE((one.publish("one") && two.publish("two")));
    }
    const auto bytes = disk.content(segment_path(1, "one"));
    disk.set_content(segment_path(1, "one"), disk.content(segment_path(1, "two")));
    disk.set_content(segment_path(1, "two"), bytes);
    auto bus = open_bus(small_config(disk));
    for (const char* const name : {"one", "two"}) {
        auto topic = open_topic(bus, name);
        REQUIRE(topic.recovery().damage.size() >= 1);
        CHECK(topic.recovery().damage[0].reason.starts_with("its header names another topic's stream"));
        CHECK(topic.condition() == Condition::read_only);
        CHECK(read_all(topic).empty());
    }
    const auto verdicts = verify(disk, kFolder, {});
    REQUIRE(verdicts);
    for (const auto& verdict : *verdicts) CHECK_FALSE(verdict.damage.empty());
}

TEST_CASE("recovery: the last segment gone or emptied after a clean close is damage") {
    const bool removed = GENERATE(true, false);
    Stored stored{150, Durability::always(), true};
    std::uint32_t last = 1;
    while (stored.disk.exists(index_path(last + 1)).value()) ++last;
    REQUIRE(last > 1);
    if (removed) {
        REQUIRE_FALSE(stored.disk.remove(segment_path(last)));
    } else {
        stored.put({}, last);
    }
    auto bus = open_bus(small_config(stored.disk));
    auto topic = open_topic(bus);
    REQUIRE(topic.recovery().damage.size() == 1);
    CHECK(topic.recovery().damage[0].file == segment_path(last));
    CHECK(topic.recovery().damage[0].first_offset == topic.next_offset());
    CHECK(topic.recovery().damage[0].next_offset == 150);
    CHECK(topic.publish("no").error() == Errc::topic_damaged);
    CHECK(read_all(topic) == numbered(topic.next_offset()));
}

TEST_CASE("verify: the index of a clean close, before the log went on into the next segment, is no damage") {
    Stored stored{5, Durability::always(), true};
    const FileBytes of_the_close = stored.disk.content(index_path(1));
    {
        auto bus = open_bus(small_config(stored.disk));
        auto topic = open_topic(bus);
        publish_numbered(topic, 150);
        bus.shutdown();
    }
    REQUIRE(stored.disk.content(segment_path(2)).size() > kSegmentHeaderSize);
    REQUIRE(stored.disk.content(index_path(1)) != of_the_close);
    stored.disk.set_content(index_path(1), of_the_close);  // a kill, or a full disk, before the next was written
    const auto verdicts = verify(stored.disk, kFolder, {});
    REQUIRE(verdicts);
    REQUIRE(verdicts->size() == 1);
    CHECK(verdicts->front().damage.empty());
    REQUIRE(verdicts->front().notes.size() == 1);
    CHECK(verdicts->front().notes[0] ==
          index_path(1).string() + ": of a clean close, and the log went on; the next start makes it");
    auto bus = open_bus(small_config(stored.disk));
    auto topic = open_topic(bus);
    CHECK(topic.recovery().rebuilt_indexes == 1);
    CHECK(topic.recovery().damage.empty());
}

}  // namespace
}  // namespace station::log
