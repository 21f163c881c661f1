// Retention: what goes, what stays, who hears of it; and that the power may go at every step.
#include "log_support.hpp"

#include <algorithm>
#include <station/log/retention_text.hpp>
#include <station/log/verify.hpp>

namespace station::log {
namespace {

using namespace station::test;

constexpr std::size_t kEvents = 400;

BusConfig retention_config(SimulatedDisk& disk) { return single_threaded(small_config(disk)); }

// Without those that are prepared for what comes.
std::vector<std::string> files_of(SimulatedDisk& disk, std::string_view extension) {
    std::vector<std::string> found;
    for (const std::string& file : disk.files()) {
        if (file.ends_with(extension) && !disk.content(file).empty()) found.push_back(file);
    }
    return found;
}

bool is_sound(Disk& disk) {
    const auto verdicts = verify(disk, kFolder, {});
    return verdicts && std::all_of(verdicts->begin(), verdicts->end(),
                                   [](const TopicVerdict& verdict) { return verdict.damage.empty(); });
}

std::vector<std::string> kept_of(const Topic& topic, std::size_t published) {
    return numbered(published - topic.first_offset(), topic.first_offset());
}

TEST_CASE("retention: the oldest whole segments go while the topic is too large, and stay gone") {
    SimulatedDisk disk;
    std::uint64_t first = 0;
    {
        auto bus = open_bus(retention_config(disk));
        auto topic = open_topic(bus);
        publish_numbered(topic, kEvents);
        const auto before = topic.stats();
        REQUIRE(before.segments > 4);
        CHECK_FALSE(topic.retention().any());
        REQUIRE_FALSE(topic.retain({.bytes = 10000}));
        CHECK(topic.retention() == Retention{.bytes = 10000});
        first = topic.first_offset();
        CHECK(first > 0);
        const auto stats = topic.stats();
        CHECK(stats.disk_bytes <= 10000);
        CHECK(stats.disk_bytes + 4096 > 10000);
        CHECK(stats.retired_segments == before.segments - stats.segments);
        CHECK(stats.retired_events == first);
        CHECK(stats.retired_bytes == before.disk_bytes - stats.disk_bytes);
        CHECK(files_of(disk, ".seg").size() == stats.segments);
        CHECK(files_of(disk, ".idx").size() < stats.segments);
        CHECK(read_all(topic) == kept_of(topic, kEvents));
        const auto cursor = topic.subscribe(StartFrom::beginning());
        CHECK_FALSE(cursor.start().complete);
        CHECK(cursor.start().from_offset == first);
        CHECK(topic.subscribe(StartFrom::offset(first)).start().complete);
    }
    CHECK(is_sound(disk));
    auto bus = open_bus(retention_config(disk));
    auto topic = open_topic(bus);
    CHECK(topic.condition() == Condition::open);
    CHECK(topic.retention() == Retention{.bytes = 10000});
    CHECK(topic.first_offset() == first);
    CHECK(topic.recovery().first_offset == first);
    CHECK(read_all(topic) == kept_of(topic, kEvents));
    publish_numbered(topic, kEvents, kEvents);
    CHECK(topic.first_offset() > first);
    CHECK(topic.stats().disk_bytes <= 10000);
    CHECK(read_all(topic) == kept_of(topic, 2 * kEvents));
    REQUIRE_FALSE(topic.retain({}));
    publish_numbered(topic, kEvents, 2 * kEvents);
    CHECK(topic.stats().disk_bytes > 10000);
    REQUIRE_FALSE(bus.shutdown());
    CHECK(is_sound(disk));
}

TEST_CASE("retention: a segment goes when its last event is too old, and the active one stays") {
    SimulatedDisk disk;
    auto bus = open_bus(retention_config(disk));
    auto topic = open_topic(bus);
    publish_numbered(topic, kEvents);
    REQUIRE_FALSE(topic.retain({.age = std::chrono::hours{1}}));
    CHECK(topic.first_offset() == 0);
    disk.set_time(disk.time() + std::int64_t{7200} * 1'000'000'000);
    publish_numbered(topic, 100, kEvents);
    const std::uint64_t first = topic.first_offset();
    CHECK(first > kEvents - 100);
    CHECK(first <= kEvents);
    CHECK(read_all(topic) == kept_of(topic, kEvents + 100));
    disk.set_time(disk.time() + std::int64_t{7200} * 1'000'000'000);
    REQUIRE_FALSE(topic.retain({.age = std::chrono::hours{1}}));
    CHECK(topic.stats().segments == 1);
    CHECK(topic.first_offset() < topic.next_offset());
    CHECK(topic.publish("more")->offset == kEvents + 100);
}

// A kernel forgets what it could not write: the next process can read it, and its sync of the same file succeeds.
TEST_CASE("retention: what a topic begins with is written again where an earlier run's sync of it has failed") {
    SimulatedDisk disk;
    auto config = retention_config(disk);
    config.durability = Durability::os();
    std::uint64_t before = 0;
    {
        auto bus = open_bus(config);
        auto topic = open_topic(bus);
        while (topic.stats().segments < 2) REQUIRE(topic.publish("event"));
        publish_numbered(topic, 20);
        disk.fail_sync(1);  // of the second segment, at the close
        bus.shutdown();
        before = topic.next_offset();
        disk.kill();
    }
    {
        auto bus = open_bus(config);
        auto topic = open_topic(bus);
        REQUIRE_FALSE(topic.retain({.bytes = 1}));
        REQUIRE(topic.stats().segments == 1);
        disk.crash();
    }
    auto bus = open_bus(config);
    auto topic = open_topic(bus);
    CHECK(topic.next_offset() == before);
    CHECK(topic.first_offset() < before);
}

TEST_CASE("retention: a cursor that stands in what has gone says what it has missed, once") {
    SimulatedDisk disk;
    auto bus = open_bus(retention_config(disk));
    auto topic = open_topic(bus);
    publish_numbered(topic, kEvents);
    auto slow = topic.subscribe(StartFrom::beginning());
    auto ahead = topic.subscribe(StartFrom::offset(kEvents));
    auto asleep = topic.subscribe(StartFrom::now());
    REQUIRE(slow.poll({.events = 3})->size() == 3);
    REQUIRE(slow.position() == 3);
    REQUIRE_FALSE(topic.retain({.bytes = 10000}));
    std::uint64_t next = 3;
    bool told = false;
    for (;;) {
        const auto batch = slow.poll({.events = 7});
        if (!batch) {
            REQUIRE(batch.error() == Errc::retained);
            CHECK_FALSE(told);
            told = true;
            CHECK(slow.lost().from == next);
            CHECK(slow.lost().to == topic.first_offset());
            next = slow.lost().to;
            continue;
        }
        if (batch->empty()) break;
        for (const EventView& event : *batch) CHECK(event.offset == next++);
    }
    CHECK(told);
    CHECK(next == kEvents);
    publish_numbered(topic, 1, kEvents);
    CHECK(ahead.next()->offset == kEvents);
    CHECK(asleep.next()->offset == kEvents);
}

TEST_CASE("retention: the power may go at every step") {
    std::size_t cuts = 0;
    for (std::uint64_t nth = 1; nth < 60; ++nth) {
        SimulatedDisk disk{nth};
        std::uint64_t told = 0;
        {
            auto bus = open_bus(retention_config(disk));
            auto topic = open_topic(bus);
            publish_numbered(topic, kEvents);
            disk.cut_power(nth);
            topic.retain({.bytes = 10000});
            told = topic.first_offset();
        }
        if (nth % 2 == 0) disk.kill();
        disk.crash();
        INFO("power lost at operation " << nth << ", told " << told);
        for (int start = 0; start < 2; ++start) {
            auto bus = open_bus(retention_config(disk));
            auto topic = open_topic(bus);
            REQUIRE(topic.condition() == Condition::open);
            CHECK(topic.first_offset() >= told);
            CHECK(topic.next_offset() == kEvents);
            CHECK(read_all(topic) == kept_of(topic, kEvents));
            if (topic.first_offset() > 0) ++cuts;
            const std::size_t segments = topic.stats().segments;
            REQUIRE_FALSE(bus.shutdown());
            CHECK(files_of(disk, ".seg").size() == segments);
            CHECK(is_sound(disk));
        }
    }
    CHECK(cuts > 10);
}

TEST_CASE(
    "retention: a hole at the front is no damage where the topic lets segments go, and is one where it does not") {
    for (const bool retains : {true, false}) {
        SimulatedDisk disk;
        {
            auto bus = open_bus(retention_config(disk));
            auto topic = open_topic(bus);
            publish_numbered(topic, kEvents);
            if (retains) REQUIRE_FALSE(topic.retain({.bytes = 1000000}));
            REQUIRE(topic.first_offset() == 0);
        }
        const Path folder = Path{kFolder} / kTopicsFolder / "t";
        REQUIRE_FALSE(disk.remove(folder / segment_file_name(1)));
        CHECK(is_sound(disk) == retains);
        auto bus = open_bus(retention_config(disk));
        auto topic = open_topic(bus);
        CHECK((topic.condition() == Condition::open) == retains);
        CHECK((topic.first_offset() > 0));
        if (retains) CHECK(read_all(topic) == kept_of(topic, kEvents));
        if (retains) CHECK_FALSE(disk.exists(folder / index_file_name(1)).value());
    }
}

TEST_CASE("retention: without its list a topic begins where its files do") {
    SimulatedDisk disk;
    std::uint64_t first = 0;
    {
        auto bus = open_bus(retention_config(disk));
        auto topic = open_topic(bus);
        publish_numbered(topic, kEvents);
        REQUIRE_FALSE(topic.retain({.bytes = 10000}));
        first = topic.first_offset();
    }
    REQUIRE_FALSE(disk.remove(Path{kFolder} / kMetaFile));
    for (int start = 0; start < 2; ++start) {
        auto bus = open_bus(retention_config(disk));
        auto topic = open_topic(bus);
        CHECK(topic.condition() == Condition::open);
        CHECK(topic.first_offset() == first);
        CHECK(read_all(topic) == kept_of(topic, kEvents));
    }
}

TEST_CASE("retention: a file that can't be removed goes later") {
    SimulatedDisk disk;
    auto bus = open_bus(retention_config(disk));
    auto topic = open_topic(bus);
    publish_numbered(topic, kEvents);
    disk.fail_from(1, {SimulatedDisk::Call::remove}, {EACCES, std::system_category()});
    REQUIRE_FALSE(topic.retain({.bytes = 10000}));
    CHECK(topic.first_offset() > 0);
    CHECK(files_of(disk, ".seg").size() > topic.stats().segments);
    disk.fail_from(0, {}, {});
    REQUIRE_FALSE(topic.retain({.bytes = 10000}));
    CHECK(files_of(disk, ".seg").size() == topic.stats().segments);
}

TEST_CASE("retention: limits of nothing, and a ledger's topic, are refused") {
    SimulatedDisk disk;
    auto bus = open_bus(retention_config(disk));
    auto topic = open_topic(bus);
    CHECK(topic.retain({.bytes = 0}) == Errc::bad_retention);
    CHECK(topic.retain({.age = std::chrono::nanoseconds{0}}) == Errc::bad_retention);
    REQUIRE_FALSE(topic.retain({.bytes = 5000}));
    REQUIRE(topic.claim());
    CHECK_FALSE(topic.retention().any());
    CHECK(topic.retain({.bytes = 10000}) == Errc::ledger_topic);
    CHECK(bus.delete_topic("t") == Errc::ledger_topic);
    CHECK(topic.condition() == Condition::open);
}

TEST_CASE("retention: ages are written and read in the largest unit that fits") {
    CHECK(parse_age("7d") == std::chrono::hours{7 * 24});
    CHECK(parse_age("90s") == std::chrono::seconds{90});
    CHECK_FALSE(parse_age("0s"));
    CHECK_FALSE(parse_age("7"));
    CHECK_FALSE(parse_age("-7d"));
    CHECK_FALSE(parse_age("1.5h"));
    CHECK_FALSE(parse_age(""));
    for (const char* const text : {"7d", "36h", "90m", "1s", "1500ms"}) CHECK(age_text(*parse_age(text)) == text);
    CHECK(to_json(Retention{}) == R"({"retain_bytes":null,"retain_age":null,"retain_age_ns":null})");
    CHECK(to_json(Retention{.bytes = 5, .age = std::chrono::seconds{60}}) ==
          R"({"retain_bytes":5,"retain_age":"1m","retain_age_ns":60000000000})");
}

}  // namespace
}  // namespace station::log
