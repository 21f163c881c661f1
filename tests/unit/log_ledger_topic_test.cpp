#include <catch.hpp>
#include <station/log/record_reader.hpp>
#include <string>

#include <log_support.hpp>

using namespace station::log;
using namespace station::test;

TEST_CASE("a topic that a ledger has claimed takes publishes through the ledger's handle only") {
    const TemporaryFolder folder;
    {
        auto bus = Bus::open({.dir = folder.path()});
        REQUIRE(bus);
        auto topic = bus->topic("ledger");
        REQUIRE(topic);
        CHECK_FALSE(topic->is_ledger());
        auto claimed = topic->claim();
        REQUIRE(claimed);
        CHECK(topic->is_ledger());
        CHECK(claimed->publish("mine"));
        CHECK(topic->publish("not mine").error() == Errc::ledger_topic);
        PublishRequest request;
        const Message message{as_bytes("not mine")};
        request.messages = {&message, 1};
        CHECK(topic->submit(request) == Errc::ledger_topic);
    }
    auto bus = Bus::open({.dir = folder.path()});
    REQUIRE(bus);
    auto topic = bus->topic("ledger");
    REQUIRE(topic);
    CHECK(topic->is_ledger());
    CHECK(topic->publish("not mine").error() == Errc::ledger_topic);
    CHECK(topic->next_offset() == 1);
    CHECK(bus->topic("other")->publish("anybody's"));
    CHECK(topic->claim()->publish("mine"));
}

TEST_CASE("a record whose place is known is read by itself, across segments") {
    const TemporaryFolder folder;
    auto bus = Bus::open({.dir = folder.path(), .segment_bytes = 4096});
    REQUIRE(bus);
    auto topic = bus->topic("t");
    REQUIRE(topic);
    std::vector<Receipt> receipts;
    const auto payload = [](std::size_t i) { return std::string(i * 37 % 1500, static_cast<char>('a' + i % 26)); };
    for (std::size_t i = 0; i < 64; ++i) {
        receipts.push_back(topic->publish(payload(i)).value());
    }
    REQUIRE(topic->segment_bases().size() > 3);
    RecordReader reader{*topic};
    for (std::size_t i = 0; i < 64; ++i) {
        const std::size_t at = i * 29 % 64;
        CAPTURE(at);
        const std::size_t size = i % 3 == 0 ? 0 : record_size(i % 3 == 1 ? payload(at).size() : 7, 0);
        const auto record = reader.read(at, receipts[at].position, size);
        REQUIRE(record);
        CHECK(record->id == receipts[at].id);
        CHECK(as_text(record->payload) == payload(at));
    }
    CHECK(reader.read(64, 32).error() == Errc::out_of_order);
    CHECK(reader.read(3, receipts[3].position + 1).error() == Errc::damaged);
    CHECK(reader.read(3, 4'000'000'000U).error() == Errc::damaged);
    if (receipts[1].position != receipts[0].position) {
        CHECK(reader.read(0, receipts[1].position).error() == Errc::damaged);
    }
}

TEST_CASE("a sync that is asked for makes durable what was acknowledged before, whatever the bus promises") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        SimulatedDisk disk{seed};
        const auto config = small_config(disk, Durability::os());
        {
            auto bus = open_bus(config);
            auto topic = open_topic(bus);
            REQUIRE(topic.publish("one"));
            REQUIRE_FALSE(topic.sync());
            disk.crash();
        }
        auto bus = open_bus(config);
        auto topic = open_topic(bus);
        CHECK(topic.next_offset() == 1);
        REQUIRE_FALSE(bus.shutdown());
        CHECK(topic.sync() == Errc::closed);
    }
}

TEST_CASE("a sync that is asked for covers full segments, and what an earlier run has left unsynced") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        SimulatedDisk disk{seed};
        const auto config = small_config(disk, Durability::os());
        {
            auto bus = open_bus(config);
            auto topic = open_topic(bus);
            publish_numbered(topic, 3);
            disk.kill();
        }
        {
            auto bus = open_bus(config);
            auto topic = open_topic(bus);
            REQUIRE(topic.next_offset() == 3);
            REQUIRE_FALSE(topic.sync());
            disk.crash();
        }
        {
            auto bus = open_bus(config);
            auto topic = open_topic(bus);
            CHECK(topic.next_offset() == 3);
            publish_numbered(topic, 200, 3);
            REQUIRE(topic.segment_bases().size() > 1);
            REQUIRE_FALSE(topic.sync());
            disk.crash();
        }
        auto bus = open_bus(config);
        auto topic = open_topic(bus);
        CHECK(topic.next_offset() == 203);
    }
}
