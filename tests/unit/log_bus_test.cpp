#include "log_support.hpp"

#include <set>
#include <station/log/detail/index.hpp>
#include <station/log/detail/meta.hpp>

namespace station::log {
namespace {

using namespace station::test;

TEST_CASE("bus: what was published is read, with dense offsets and growing ids and times") {
    SimulatedDisk disk;
    auto bus = open_bus(small_config(disk));
    auto topic = open_topic(bus);
    const auto headers = encode_headers({{"kind", "greeting"}});
    const auto first = topic.publish(as_bytes("hello"), headers);
    const auto second = topic.publish("world");
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->offset == 0);
    CHECK(second->offset == 1);
    CHECK(second->id > first->id);
    CHECK(second->time >= first->time);

    auto cursor = topic.subscribe(StartFrom::beginning());
    const auto event = cursor.next();
    REQUIRE(event);
    CHECK(as_text(event->payload) == "hello");
    CHECK(decode_headers(event->headers) == Headers{{"kind", "greeting"}});
    CHECK(event->offset == first->offset);
    CHECK(event->id == first->id);
    CHECK(event->time == first->time);
    CHECK(as_text(cursor.next()->payload) == "world");
    CHECK(cursor.poll()->empty());
}

TEST_CASE("bus: topics are independent, numbered, and survive a restart") {
    SimulatedDisk disk;
    {
        auto bus = open_bus(small_config(disk));
        auto lobby = open_topic(bus, "lobby");
        auto metrics = open_topic(bus, "metrics");
        publish_numbered(lobby, 3);
        publish_numbered(metrics, 1, 10);
        CHECK(lobby.stream() == 1);
        CHECK(metrics.stream() == 2);
    }
    auto bus = open_bus(small_config(disk));
    REQUIRE(bus.topics().size() == 2);
    CHECK(bus.topics()[0].name() == "lobby");
    auto lobby = open_topic(bus, "lobby");
    auto metrics = open_topic(bus, "metrics");
    CHECK(read_all(lobby) == numbered(3));
    CHECK(read_all(metrics) == numbered(1, 10));
    CHECK(metrics.stream() == 2);
    CHECK(lobby.recovery().clean);
    CHECK(lobby.publish("more")->offset == 3);
    CHECK(bus.topic("bad/name").error() == Errc::bad_topic_name);
}

TEST_CASE("bus: stream 1 can be kept for one topic") {
    SimulatedDisk disk;
    auto config = small_config(disk);
    config.first_topic = "lobby";
    auto bus = open_bus(config);
    CHECK(open_topic(bus, "other").stream() == 2);
    CHECK(open_topic(bus, "lobby").stream() == 1);
    CHECK(open_topic(bus, "third").stream() == 3);
}

TEST_CASE("bus: segments rotate, are sealed with an index, and read as one log") {
    SimulatedDisk disk;
    auto bus = open_bus(small_config(disk));
    auto topic = open_topic(bus);
    publish_numbered(topic, 300);
    CHECK(topic.stats().segments > 4);
    CHECK(topic.stats().rotations == topic.stats().segments - 1);
    CHECK(read_all(topic) == numbered(300));
    for (const std::uint64_t from : {0U, 1U, 57U, 58U, 59U, 170U, 299U}) {
        CHECK(read_all(topic, StartFrom::offset(from)) == numbered(300 - from, from));
    }
    REQUIRE_FALSE(bus.shutdown());
    const auto index = load_index(disk, index_path(1)).value().value();
    CHECK(index.summary.sealed);
    CHECK(disk.content(segment_path(1)).size() == index.summary.durable_end);
}

TEST_CASE("bus: one process owns a folder") {
    TemporaryFolder folder;
    auto bus = open_bus({.dir = folder.path()});
    CHECK(Bus::open({.dir = folder.path()}).error().code == Errc::locked);
    REQUIRE_FALSE(bus.shutdown());
    CHECK(Bus::open({.dir = folder.path()}));
}

TEST_CASE("bus: a folder without a bus is not read, nor made where that is not wanted") {
    TemporaryFolder folder;
    CHECK(Bus::open({.dir = folder.path() / "none", .read_only = true}).error().code == Errc::no_bus);
    CHECK(Bus::open({.dir = folder.path() / "none", .create = false}).error().code == Errc::no_bus);
    CHECK(Bus::open({.dir = ""}).error().code == Errc::bad_config);
}

TEST_CASE("bus: limits on payloads and headers") {
    SimulatedDisk disk;
    auto config = small_config(disk);
    config.max_payload = 100;
    config.max_headers = 50;
    auto bus = open_bus(config);
    auto topic = open_topic(bus);
    CHECK(topic.publish(std::string(100, 'x')));
    CHECK(topic.publish(std::string(101, 'x')).error() == Errc::payload_too_large);
    CHECK(topic.publish({}, encode_headers({{"k", std::string(60, 'v')}})).error() == Errc::headers_too_large);
    CHECK(topic.publish({}, as_bytes("no map")).error() == Errc::bad_headers);
    CHECK(topic.stats().rejected == 3);
    CHECK(topic.next_offset() == 1);
}

TEST_CASE("bus: an event larger than a segment gets one of its own") {
    SimulatedDisk disk;
    auto bus = open_bus(small_config(disk));
    auto topic = open_topic(bus);
    const std::string large(100'000, 'L');
    REQUIRE(topic.publish("before"));
    REQUIRE(topic.publish(large));
    REQUIRE(topic.publish("after"));
    CHECK(read_all(topic) == std::vector<std::string>{"before", large, "after"});
    CHECK(topic.stats().segments == 3);
}

TEST_CASE("bus: after its end everything says so, and what is stored can still be read") {
    SimulatedDisk disk;
    auto bus = open_bus(small_config(disk));
    auto topic = open_topic(bus);
    publish_numbered(topic, 2);
    auto cursor = topic.subscribe(StartFrom::beginning());
    REQUIRE_FALSE(bus.shutdown());
    CHECK(topic.publish("late").error() == Errc::closed);
    CHECK(bus.topic("other").error() == Errc::closed);
    CHECK(cursor.next_batch()->size() == 2);
    CHECK(cursor.next_batch().error() == Errc::closed);
}

TEST_CASE("bus: a lost list of topics is made again from the folders") {
    SimulatedDisk disk;
    {
        auto bus = open_bus(small_config(disk));
        for (const char* const name : {"c", "a", "b"}) {
            auto topic = open_topic(bus, name);
            publish_numbered(topic, 1);
        }
    }
    REQUIRE_FALSE(disk.remove(Path{kFolder} / "bus.meta.json"));
    auto bus = open_bus(small_config(disk));
    CHECK(open_topic(bus, "c").stream() == 1);
    CHECK(open_topic(bus, "a").stream() == 2);
    CHECK(open_topic(bus, "b").stream() == 3);
    CHECK(open_topic(bus, "d").stream() == 4);
}

TEST_CASE("bus: a list of topics that makes no sense is an error, not a guess") {
    SimulatedDisk disk;
    { auto bus = open_bus(small_config(disk)); }
    for (const char* const bad :
         {"", "{", "[]", R"({"version":1})", R"({"version":1,"topics":[{"name":"../x","stream":1}]})",
          R"({"version":1,"topics":[{"name":"a","stream":0}]})",
          R"({"version":1,"topics":[{"name":"a","stream":1.5}]})",
          R"({"version":1,"topics":[{"name":"a","stream":1},{"name":"a","stream":2}]})"}) {
        INFO(bad);
        const Bytes bytes = as_bytes(bad);
        disk.set_content(Path{kFolder} / "bus.meta.json", {bytes.begin(), bytes.end()});
        CHECK(Bus::open(small_config(disk)).error().code == Errc::bad_meta);
    }
    const Bytes later = as_bytes(R"({"version":2,"topics":[]})");
    disk.set_content(Path{kFolder} / "bus.meta.json", {later.begin(), later.end()});
    CHECK(Bus::open(small_config(disk)).error().code == Errc::unsupported_version);
}

TEST_CASE("bus: a read-only bus follows the process that writes") {
    TemporaryFolder folder;
    auto bus = open_bus({.dir = folder.path(), .segment_bytes = 4096});
    auto topic = open_topic(bus);
    publish_numbered(topic, 10);
    auto reader = open_bus({.dir = folder.path(), .read_only = true});
    auto seen = open_topic(reader);
    CHECK(seen.publish("no").error() == Errc::read_only);
    CHECK(reader.topic("other").error() == Errc::no_such_topic);
    auto cursor = seen.subscribe(StartFrom::beginning());
    publish_numbered(topic, 190, 10);
    std::vector<std::string> payloads;
    while (payloads.size() < 200) {
        const auto event = cursor.next(std::chrono::seconds{20});
        REQUIRE(event);
        payloads.emplace_back(as_text(event->payload));
    }
    CHECK(payloads == numbered(200));
}

TEST_CASE("bus: works on a real disk, in every durability mode") {
    for (const Durability durability :
         {Durability::always(), Durability::batch(10, std::chrono::milliseconds{5}), Durability::os()}) {
        TemporaryFolder folder;
        {
            auto bus = open_bus({.dir = folder.path(), .durability = durability, .segment_bytes = 65536});
            auto topic = open_topic(bus);
            publish_numbered(topic, 2000);
            CHECK(read_all(topic) == numbered(2000));
        }
        auto bus = open_bus({.dir = folder.path(), .durability = durability, .segment_bytes = 65536});
        auto topic = open_topic(bus);
        CHECK(read_all(topic) == numbered(2000));
        CHECK(topic.recovery().scanned_segments == 1);
    }
}

}  // namespace
}  // namespace station::log
