// Topics that are deleted: whole or gone after every crash, and never mistaken for another one.
#include "log_support.hpp"

#include <algorithm>
#include <station/base/one_shot.hpp>
#include <station/log/verify.hpp>
#include <thread>

namespace station::log {
namespace {

using namespace station::test;

bool has_topic(Bus& bus, std::string_view name) {
    const auto topics = bus.topics();
    return std::any_of(topics.begin(), topics.end(), [&](const Topic& topic) { return topic.name() == name; });
}

bool anything_of(SimulatedDisk& disk, const std::string& name) {
    const auto files = disk.files();
    const std::string part = "/" + name + "/";
    return std::any_of(files.begin(), files.end(), [&](const auto& file) { return file.find(part) != file.npos; });
}

TEST_CASE("deletion: the topic goes with its folder, and everybody hears of it") {
    SimulatedDisk disk;
    auto bus = open_bus(small_config(disk));
    auto topic = open_topic(bus, "old");
    open_topic(bus, "other");
    publish_numbered(topic, 200);
    auto behind = topic.subscribe(StartFrom::beginning());
    auto waiting = topic.subscribe(StartFrom::now());
    std::error_code heard;
    std::thread sleeper{[&] { heard = waiting.next().error(); }};
    REQUIRE_FALSE(bus.delete_topic("old"));
    sleeper.join();
    CHECK(heard == Errc::topic_deleted);
    CHECK(behind.poll().error() == Errc::topic_deleted);
    CHECK(topic.condition() == Condition::deleted);
    CHECK(topic.publish("more").error() == Errc::topic_deleted);
    CHECK(topic.retain({.bytes = 1000}) == Errc::topic_deleted);
    CHECK(topic.subscribe(StartFrom::beginning()).poll().error() == Errc::topic_deleted);
    CHECK_FALSE(has_topic(bus, "old"));
    CHECK_FALSE(anything_of(disk, "old"));
    CHECK(bus.delete_topic("old") == Errc::no_such_topic);
    auto again = open_topic(bus, "old");
    CHECK(again.stream() == 3);
    publish_numbered(again, 3, 7);
    CHECK(read_all(again) == numbered(3, 7));
}

TEST_CASE("deletion: no thread of the bus comes to what is gone") {
    SimulatedDisk disk;
    auto config = small_config(disk);
    config.durability = Durability::batch(1000, std::chrono::milliseconds{1});
    auto bus = open_bus(config);
    auto other = open_topic(bus, "other");
    for (int round = 0; round < 100; ++round) {
        {
            auto topic = open_topic(bus, "old");
            struct Once : PublishRequest {
                base::OneShot answered;
            } request;
            const Message message{as_bytes("x"), {}};
            request.messages = {&message, 1};
            Receipt receipt;
            request.receipts = &receipt;
            request.done = [](PublishRequest& self, std::error_code) noexcept {
                static_cast<Once&>(self).answered.set();
            };
            REQUIRE_FALSE(topic.submit(request));
            request.answered.wait();
            REQUIRE_FALSE(bus.delete_topic("old"));
        }
        REQUIRE(other.publish("y"));
    }
}

TEST_CASE("deletion: a number is never given again, neither at once nor after restarts") {
    SimulatedDisk disk;
    auto config = small_config(disk);
    config.first_topic = "lobby";
    std::uint32_t last = 0;
    for (int start = 0; start < 3; ++start) {
        auto bus = open_bus(config);
        for (const char* const name : {"lobby", "a", "b"}) {
            auto topic = open_topic(bus, name);
            CHECK(topic.stream() > last);
            last = topic.stream();
        }
        for (const char* const name : {"b", "lobby", "a"}) REQUIRE_FALSE(bus.delete_topic(name));
        REQUIRE_FALSE(bus.shutdown());
    }
}

TEST_CASE("deletion: the power may go at every step") {
    std::size_t gone = 0;
    std::size_t there = 0;
    for (std::uint64_t nth = 1; nth < 70; ++nth) {
        SimulatedDisk disk{nth};
        bool told = false;
        {
            auto bus = open_bus(single_threaded(small_config(disk)));
            auto topic = open_topic(bus, "old");
            auto other = open_topic(bus, "other");
            publish_numbered(topic, 200);
            publish_numbered(other, 5);
            REQUIRE(other.stream() == 2);
            disk.cut_power(nth);
            told = !bus.delete_topic("old");
        }
        if (nth % 3 == 0) disk.kill();
        disk.crash();
        INFO("power lost at operation " << nth);
        for (int start = 0; start < 2; ++start) {
            auto bus = open_bus(single_threaded(small_config(disk)));
            const bool is_there = has_topic(bus, "old");
            if (told) CHECK_FALSE(is_there);
            auto other = open_topic(bus, "other");
            CHECK(read_all(other) == numbered(5));
            if (is_there) {
                ++there;
                auto topic = open_topic(bus, "old");
                CHECK(topic.condition() == Condition::open);
                CHECK(topic.stream() == 1);
                CHECK(read_all(topic) == numbered(200));
            } else {
                ++gone;
                CHECK_FALSE(anything_of(disk, "old"));
                CHECK(open_topic(bus, "new").stream() == 3);
            }
            REQUIRE_FALSE(bus.shutdown());
        }
    }
    CHECK(gone > 10);
    CHECK(there > 2);
}

TEST_CASE("deletion: a folder that can't be removed now is nobody's topic, and goes when its name is wanted") {
    SimulatedDisk disk;
    auto bus = open_bus(single_threaded(small_config(disk)));
    auto topic = open_topic(bus, "old");
    publish_numbered(topic, 200);
    disk.fail_from(1, {SimulatedDisk::Call::remove}, {EACCES, std::system_category()});
    CHECK(bus.delete_topic("old") == std::errc::permission_denied);
    CHECK(topic.condition() == Condition::deleted);
    CHECK_FALSE(has_topic(bus, "old"));
    CHECK(bus.topic("old").error() == std::errc::permission_denied);
    disk.fail_from(0, {}, {});
    auto again = open_topic(bus, "old");
    CHECK(again.stream() == 2);
    CHECK(read_all(again).empty());
}

TEST_CASE("deletion: a list that could not be written leaves the topic as it was") {
    SimulatedDisk disk;
    auto bus = open_bus(single_threaded(small_config(disk)));
    auto topic = open_topic(bus, "old");
    publish_numbered(topic, 20);
    disk.fail_from(1, {SimulatedDisk::Call::open}, Errc::disk_full);
    CHECK(bus.delete_topic("old") == Errc::disk_full);
    disk.fail_from(0, {}, {});
    CHECK(topic.condition() == Condition::open);
    publish_numbered(topic, 20, 20);
    CHECK(read_all(topic) == numbered(40));
}

}  // namespace
}  // namespace station::log
