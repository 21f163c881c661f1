#include "gate.hpp"
#include "log_support.hpp"
#include "random.hpp"

#include <station/base/timestamp.hpp>
#include <thread>

namespace station::log {
namespace {

using namespace station::test;

// A clock that the test moves; 10 ns an event, three events at each time.
struct Events {
    SimulatedDisk disk;
    std::int64_t time = 1'700'000'000'000'000'000;
    Bus bus;
    Topic topic;
    std::vector<Receipt> receipts;

    static BusConfig config(Events& self) {
        auto config = small_config(self.disk);
        config.clock = [&self] { return self.time; };
        return config;
    }
    explicit Events(std::size_t count) : bus(open_bus(config(*this))), topic(open_topic(bus)) {
        for (std::size_t i = 0; i < count; ++i) {
            if (i % 3 == 0) time += 10;
            receipts.push_back(*topic.publish("event " + std::to_string(i)));
        }
    }
};

TEST_CASE("cursor: starts at any offset, time or event, including it or behind it") {
    Events events{200};
    REQUIRE(events.topic.stats().segments > 2);
    for (std::size_t i = 0; i < 200; ++i) {
        const Receipt& receipt = events.receipts[i];
        REQUIRE(read_all(events.topic, StartFrom::offset(i)) == numbered(200 - i, i));
        REQUIRE(read_all(events.topic, StartFrom::offset(i, Edge::exclusive)) == numbered(199 - i, i + 1));
        REQUIRE(read_all(events.topic, StartFrom::event(receipt.id)) == numbered(200 - i, i));
        REQUIRE(read_all(events.topic, StartFrom::event(receipt.id, Edge::exclusive)) == numbered(199 - i, i + 1));
        const std::size_t same_time = i / 3 * 3;
        REQUIRE(read_all(events.topic, StartFrom::time(receipt.time)) == numbered(200 - same_time, same_time));
        const std::size_t later = std::min<std::size_t>(same_time + 3, 200);
        REQUIRE(read_all(events.topic, StartFrom::time(receipt.time, Edge::exclusive)) == numbered(200 - later, later));
        REQUIRE(read_all(events.topic, StartFrom::time(receipt.time - 1)) == numbered(200 - same_time, same_time));
    }
    CHECK(read_all(events.topic, StartFrom::now()).empty());
    CHECK(read_all(events.topic, StartFrom::time(0)) == numbered(200));
    CHECK(read_all(events.topic, StartFrom::event(EventId{})) == numbered(200));
}

TEST_CASE("cursor: the same starts after a restart, from the index files") {
    Events events{200};
    REQUIRE_FALSE(events.bus.shutdown());
    auto bus = open_bus(small_config(events.disk));
    auto topic = open_topic(bus);
    CHECK(topic.recovery().scanned_segments == 1);
    for (std::size_t i = 0; i < 200; i += 7) {
        REQUIRE(read_all(topic, StartFrom::offset(i)) == numbered(200 - i, i));
        REQUIRE(read_all(topic, StartFrom::event(events.receipts[i].id)) == numbered(200 - i, i));
        REQUIRE(read_all(topic, StartFrom::time(events.receipts[i].time)) == numbered(200 - i / 3 * 3, i / 3 * 3));
    }
}

TEST_CASE("cursor: says what it resumed") {
    Events events{10};
    const Start start = events.topic.subscribe(StartFrom::offset(4)).start();
    CHECK(start.from_offset == 4);
    CHECK(start.first_offset == 0);
    CHECK(start.next_offset == 10);
    CHECK(start.complete);
    CHECK(events.topic.subscribe(StartFrom::now()).start().from_offset == 10);
    CHECK(events.topic.subscribe(StartFrom::offset(99)).start().from_offset == 99);
    CHECK(events.topic.subscribe(StartFrom::time(events.time + 1)).start().from_offset == 10);
}

TEST_CASE("cursor: one that starts in the future skips what comes before it") {
    Events events{10};
    auto by_offset = events.topic.subscribe(StartFrom::offset(12));
    auto by_time = events.topic.subscribe(StartFrom::time(events.time + 100));
    publish_numbered(events.topic, 2, 10);
    events.time += 100;
    publish_numbered(events.topic, 1, 12);
    CHECK(as_text(by_offset.next(kPatience)->payload) == "event 12");
    CHECK(as_text(by_time.next(kPatience)->payload) == "event 12");
}

TEST_CASE("cursor: live is the same as replay, across segments, without a gap or a double") {
    Events events{0};
    auto cursor = events.topic.subscribe(StartFrom::now());
    std::jthread publisher([&] {
        for (int i = 0; i < 500; ++i) events.topic.publish("event " + std::to_string(i)).value();
    });
    std::vector<std::string> seen;
    while (seen.size() < 500) {
        const auto batch = cursor.next_batch({}, kPatience);
        REQUIRE(batch);
        REQUIRE_FALSE(batch->empty());
        for (const EventView& event : *batch) seen.emplace_back(as_text(event.payload));
    }
    CHECK(seen == numbered(500));
    CHECK(cursor.lag() == 0);
}

TEST_CASE("cursor: a wait ends by a time-out or a cancel, and the cursor goes on") {
    Events events{1};
    auto cursor = events.topic.subscribe(StartFrom::now());
    CHECK(cursor.next(std::chrono::milliseconds{1}).error() == Errc::timed_out);
    cursor.cancel();
    CHECK(cursor.next(kPatience).error() == Errc::cancelled);
    Gate waiting;
    std::error_code ended;
    std::jthread reader([&] {
        waiting.arrive();
        ended = cursor.next(kPatience).error();
    });
    REQUIRE(waiting.wait());
    cursor.cancel();
    reader.join();
    CHECK(ended == Errc::cancelled);
    REQUIRE(events.topic.publish("next"));
    CHECK(as_text(cursor.next(kPatience)->payload) == "next");
}

TEST_CASE("cursor: the end of the bus ends every wait") {
    Events events{1};
    Gate waiting{3};
    std::vector<std::error_code> ended(3);
    std::vector<std::jthread> readers;
    for (auto& error : ended) {
        readers.emplace_back([&] {
            auto cursor = events.topic.subscribe(StartFrom::now());
            waiting.arrive();
            error = cursor.next(kPatience).error();
        });
    }
    REQUIRE(waiting.wait());
    events.bus.shutdown();
    readers.clear();
    for (const auto& error : ended) CHECK(error == Errc::closed);
}

TEST_CASE("cursor: batches keep to their limits, but always give one event") {
    Events events{50};
    auto cursor = events.topic.subscribe(StartFrom::beginning());
    CHECK(cursor.poll({.events = 7})->size() == 7);
    CHECK(cursor.poll({.events = 100, .bytes = 1})->size() == 1);
    CHECK(cursor.position() == 8);
    const auto two = cursor.poll({.events = 100, .bytes = record_size(7, 0) * 2 - 1});
    CHECK(two->size() == 2);
}

TEST_CASE("cursor: many read and some publish, each sees all") {
    Events events{0};
    constexpr int kReaders = 4;
    constexpr int kWriters = 3;
    constexpr std::size_t kEach = 200;
    std::vector<std::jthread> threads;
    std::vector<std::vector<std::string>> seen(kReaders);
    for (auto& mine : seen) {
        threads.emplace_back([&] {
            auto cursor = events.topic.subscribe(StartFrom::beginning());
            while (mine.size() < kWriters * kEach) {
                const auto batch = cursor.next_batch({.events = 16}, kPatience);
                if (!batch) return;
                for (const EventView& event : *batch) mine.emplace_back(as_text(event.payload));
            }
        });
    }
    for (int w = 0; w < kWriters; ++w) {
        threads.emplace_back([&, w] {
            for (std::size_t i = 0; i < kEach; ++i) {
                events.topic.publish(std::to_string(w) + ":" + std::to_string(i)).value();
            }
        });
    }
    threads.clear();
    REQUIRE(seen[0].size() == kWriters * kEach);
    for (const auto& mine : seen) CHECK(mine == seen[0]);
    std::vector<std::size_t> next(kWriters, 0);
    for (const std::string& payload : seen[0]) {
        const auto writer = static_cast<std::size_t>(payload[0] - '0');
        REQUIRE(payload == std::to_string(writer) + ":" + std::to_string(next[writer]++));
    }
}

// What an I/O thread does for its subscribers, without the threads: whoever stands where another one has begun to read
// takes what that one has read, and goes on at its place. Nothing may come twice or be left out, over rotations,
// retention, starts of any kind, and readers that come, go and fall behind.
TEST_CASE("cursor: who goes on at another one's place misses nothing and gets nothing twice") {
    struct Chunk {
        std::uint64_t from;
        std::vector<std::uint64_t> offsets;
        std::shared_ptr<const Cursor::Place> to;
    };
    struct Reader {
        Cursor cursor;
        std::uint64_t next;  // the offset that must come next
    };
    Random random;
    INFO(random.how_to_repeat());
    Events events{20};
    std::vector<Chunk> chunks;
    std::vector<Reader> readers;
    std::size_t shared = 0;
    std::size_t missed = 0;
    const auto give = [](Reader& reader, std::uint64_t offset) {
        REQUIRE(offset == reader.next);
        ++reader.next;
    };
    const auto subscribe = [&] {
        const std::uint64_t end = events.topic.next_offset();
        const std::uint64_t from = random.between(0, end + 3);
        const auto start = random.between(0, 2) == 0 ? StartFrom::now() : StartFrom::offset(from);
        auto cursor = events.topic.subscribe(start);
        const std::uint64_t next = cursor.start().from_offset;
        readers.push_back({std::move(cursor), next});
    };
    const auto read = [&](Reader& reader) {
        const std::uint64_t from = reader.cursor.position();
        const bool has_place = reader.cursor.has_place();
        const auto found =
            std::find_if(chunks.begin(), chunks.end(), [&](const Chunk& one) { return one.from == from; });
        if (has_place && found != chunks.end() && random.between(0, 9) > 0) {
            for (const std::uint64_t offset : found->offsets) give(reader, offset);
            reader.cursor.go_on_at(*found->to);
            ++shared;
            return;
        }
        const auto batch = reader.cursor.poll({.events = random.between(1, 40), .bytes = random.between(1, 3000)});
        if (!batch) {
            REQUIRE(batch.error() == Errc::retained);
            const Lost lost = reader.cursor.lost();
            REQUIRE((lost.from == reader.next && lost.to > lost.from));
            reader.next = lost.to;
            ++missed;
            return;
        }
        Chunk chunk{from, {}, reader.cursor.place()};
        for (const EventView& event : *batch) {
            give(reader, event.offset);
            chunk.offsets.push_back(event.offset);
        }
        if (chunk.offsets.empty() || chunk.to == nullptr || !has_place) return;
        if (chunks.size() == 4) chunks.erase(chunks.begin());
        chunks.push_back(std::move(chunk));
    };
    for (int step = 0; step < 4000; ++step) {
        switch (random.between(0, 9)) {
            case 0:
                for (std::uint64_t i = random.between(1, 60); i > 0; --i)
                    REQUIRE(events.topic.publish("another event"));
                break;
            case 1:
                if (readers.size() < 12) subscribe();
                break;
            case 2:
                if (random.between(0, 3) == 0 && !readers.empty()) readers.erase(readers.begin());
                break;
            case 3:
                if (random.between(0, 9) == 0) REQUIRE_FALSE(events.topic.retain({.bytes = 20'000}));
                break;
            default:
                if (!readers.empty()) read(readers[random.index(readers.size())]);
        }
    }
    for (Reader& reader : readers) {
        while (reader.next < events.topic.next_offset()) read(reader);
    }
    CHECK(shared > 100);
    CHECK(missed > 0);
}

TEST_CASE("cursor: says whether the topic holds the event that was named") {
    Events events{200};
    const auto start = [&](const EventId& id, Edge edge) {
        return events.topic.subscribe(StartFrom::event(id, edge)).start();
    };
    for (std::size_t i = 0; i < 200; ++i) {
        const EventId& id = events.receipts[i].id;
        REQUIRE(start(id, Edge::inclusive).matched == true);
        REQUIRE(start(id, Edge::inclusive).from_offset == i);
        REQUIRE(start(id, Edge::exclusive).matched == true);
        REQUIRE(start(id, Edge::exclusive).from_offset == i + 1);
        auto bytes = id.bytes();
        bytes.back() ^= std::byte{1};
        const EventId other{bytes};  // right beside it
        REQUIRE(start(other, Edge::inclusive).matched == false);
        REQUIRE(start(other, Edge::exclusive).matched == false);
        REQUIRE(start(other, Edge::exclusive).from_offset == (other > id ? i + 1 : i));
    }
    CHECK(start(EventId{}, Edge::inclusive).matched == false);
    CHECK_FALSE(events.topic.subscribe(StartFrom::now()).start().matched.has_value());
    CHECK_FALSE(events.topic.subscribe(StartFrom::offset(3)).start().matched.has_value());
    CHECK_FALSE(events.topic.subscribe(StartFrom::time(events.time)).start().matched.has_value());
}

TEST_CASE("cursor: StartFrom from text") {
    CHECK(StartFrom::parse("now"));
    CHECK_FALSE(StartFrom::parse("now")->target());
    CHECK(StartFrom::parse("beginning")->target()->offset == 0);
    CHECK(StartFrom::parse("offset:7")->target()->offset == 7);
    CHECK(StartFrom::parse("time:1700000000000000001")->target()->time == 1'700'000'000'000'000'001);
    CHECK(StartFrom::parse("time:2023-11-14T22:13:20Z", Edge::exclusive)->target()->time == 1'700'000'000'000'000'000);
    CHECK(StartFrom::parse("time:2023-11-14T22:13:20Z", Edge::exclusive)->target()->exclusive);
    CHECK(StartFrom::parse("event:018bcfe5-6800-7abc-8123-456789abcdef", Edge::exclusive)->target()->exclusive);
    const std::int64_t before = base::unix_nanos();
    const std::int64_t hour_ago = StartFrom::parse("ago:1h")->target()->time;
    CHECK(hour_ago >= before - 3'600'000'000'000);
    CHECK(hour_ago <= base::unix_nanos() - 3'600'000'000'000);
    CHECK(StartFrom::parse("time:ago:1h")->target()->time >= hour_ago);
    for (const char* const bad : {"", "offset:", "offset:-1", "offset:1x", "event:7", "later", "beginning:", "now:1"}) {
        INFO(bad);
        REQUIRE_FALSE(StartFrom::parse(bad));
        CHECK_FALSE(StartFrom::parse(bad).error().of_time);
    }
    for (const char* const bad : {"time:", "time:-5", "time:1679909168", "time:2026-11-27", "ago:", "ago:5", "time"}) {
        INFO(bad);
        REQUIRE_FALSE(StartFrom::parse(bad));
        CHECK(StartFrom::parse(bad).error().of_time);
    }
}

}  // namespace
}  // namespace station::log
