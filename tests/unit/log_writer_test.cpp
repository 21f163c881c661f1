#include "log_writer_support.hpp"

#include <thread>

namespace station::log {
namespace {

using namespace station::test;

TEST_CASE("writer: one sync covers all that waited for it") {
    GatedDisk disk;
    auto config = small_config(disk);
    config.segment_bytes = 1 << 20;
    auto bus = open_bus(config);
    auto topic = open_topic(bus);
    disk.close_gate();
    Submitted submitted;
    REQUIRE_FALSE(submitted.submit(topic, "event 0"));
    REQUIRE(disk.reached());
    for (int i = 1; i < 500; ++i) REQUIRE_FALSE(submitted.submit(topic, "event " + std::to_string(i)));
    CHECK(submitted.ended.empty());
    CHECK(read_all(topic).empty());  // not durable: not seen
    CHECK(topic.stats().queued == 500);
    disk.open_gate();
    REQUIRE(submitted.wait(500));
    CHECK(topic.stats().syncs == 2);
    CHECK(topic.stats().synced_events == 500);
    CHECK(topic.stats().groups == 2);
    CHECK(topic.stats().group_buckets[0] == 1);  // 1 event
    CHECK(topic.stats().group_buckets[9] == 1);  // 257 to 512 events
    for (std::size_t i = 0; i < 500; ++i) {
        REQUIRE(submitted.ended[i].first == "event " + std::to_string(i));
        REQUIRE_FALSE(submitted.ended[i].second);
        REQUIRE(submitted.requests[i].receipt.offset == i);
    }
    CHECK(read_all(topic) == numbered(500));
}

TEST_CASE("writer: a full queue is said at once, or waited for") {
    GatedDisk disk;
    auto config = small_config(disk);
    config.queue_capacity = 3;
    auto bus = open_bus(config);
    auto topic = open_topic(bus);
    disk.close_gate();
    Submitted submitted;
    for (int i = 0; i < 3; ++i) REQUIRE_FALSE(submitted.submit(topic, "event " + std::to_string(i)));
    CHECK(submitted.submit(topic, "too much") == Errc::queue_full);
    CHECK(topic.publish("too much", OnFull::fail).error() == Errc::queue_full);
    CHECK(topic.stats().rejected == 2);
    std::jthread patient{[&] { topic.publish("event 3").value(); }};
    disk.open_gate();
    patient.join();
    CHECK(read_all(topic) == numbered(4));
}

TEST_CASE("writer: a batch is acknowledged as one and may span groups and segments") {
    SimulatedDisk disk;
    auto config = small_config(disk);
    config.max_group = 500;
    config.queue_capacity = 10;
    auto bus = open_bus(config);
    auto topic = open_topic(bus);
    const auto payloads = numbered(200);
    std::vector<Message> messages;
    for (const auto& payload : payloads) messages.push_back({as_bytes(payload)});
    const auto receipts = topic.publish_batch(messages);
    REQUIRE(receipts);
    REQUIRE(receipts->size() == 200);
    for (std::size_t i = 0; i < 200; ++i) CHECK((*receipts)[i].offset == i);
    CHECK(read_all(topic) == payloads);
    CHECK(topic.stats().segments > 2);
    CHECK(topic.publish_batch({})->empty());
}

TEST_CASE("writer: groups are counted by how many events they wrote") {
    SimulatedDisk disk;
    auto config = small_config(disk);
    config.segment_bytes = 4 << 20;
    auto bus = open_bus(config);
    auto topic = open_topic(bus);
    const std::vector<Message> messages(5000, Message{as_bytes("x")});
    const auto publish = [&](std::size_t events) { REQUIRE(topic.publish_batch(std::span{messages}.first(events))); };
    for (const std::size_t events : {1U, 2U, 3U, 4U, 5U, 512U, 513U, 4095U, 4096U, 4097U, 5000U}) publish(events);
    const TopicStats stats = topic.stats();
    CHECK(stats.groups == 11);
    std::array<std::uint64_t, 14> expected{};
    const auto& bounds = TopicStats::kGroupBounds;
    for (const std::uint64_t events : {1U, 2U, 3U, 4U, 5U, 512U, 513U, 4095U, 4096U, 4097U, 5000U}) {
        const auto bound = std::find_if(bounds.begin(), bounds.end(), [&](std::uint64_t end) { return events <= end; });
        ++expected[static_cast<std::size_t>(bound - bounds.begin())];
    }
    CHECK(stats.group_buckets == expected);
}

TEST_CASE("writer: a close answers all that got in, refuses the rest, and then nothing moves any more") {
    for (int round = 0; round < 50; ++round) {
        SimulatedDisk disk;
        auto config = small_config(disk);
        config.queue_capacity = 8;
        auto bus = open_bus(config);
        auto topic = open_topic(bus);
        std::atomic<std::uint64_t> acknowledged{0};
        std::vector<std::jthread> publishers;
        for (int i = 0; i < 4; ++i) {
            publishers.emplace_back([&, i] {
                for (;;) {
                    const auto receipt = topic.publish("event", i % 2 == 0 ? OnFull::wait : OnFull::fail);
                    if (receipt) {
                        ++acknowledged;
                    } else if (receipt.error() != Errc::queue_full)
                        return;
                }
            });
        }
        while (acknowledged.load() < static_cast<std::uint64_t>(round)) std::this_thread::yield();
        CHECK_FALSE(bus.shutdown());
        const std::uint64_t end = topic.next_offset();
        publishers.clear();
        CHECK(acknowledged.load() == end);
        CHECK(topic.next_offset() == end);
        CHECK(topic.stats().queued == 0);
    }
}

TEST_CASE("writer: a failed sync is final") {
    for (const int nth : {1, 2, 3, 10, 17}) {
        GatedDisk disk;
        auto config = small_config(disk);
        config.segment_bytes = 1 << 20;
        auto bus = open_bus(config);
        auto topic = open_topic(bus);
        disk.fail_sync(static_cast<std::uint64_t>(nth));
        int acknowledged = 0;
        while (topic.publish("event " + std::to_string(acknowledged))) ++acknowledged;
        CHECK(acknowledged == nth - 1);
        CHECK(topic.condition() == Condition::failed);
        const auto syncs = disk.syncs();
        CHECK(topic.publish("later").error() == Errc::topic_failed);
        CHECK(read_all(topic) == numbered(static_cast<std::size_t>(acknowledged)));
        auto cursor = topic.subscribe(StartFrom::now());
        CHECK(cursor.next().error() == Errc::topic_failed);
        CHECK(bus.shutdown() == Errc::topic_failed);
        CHECK(disk.syncs() == syncs);
        CHECK(disk.syncs_after_failure() == 0);
        disk.crash();
        auto again = open_bus(config);
        auto found = open_topic(again);
        auto payloads = read_all(found);
        REQUIRE(payloads.size() >= static_cast<std::size_t>(acknowledged));
        payloads.resize(static_cast<std::size_t>(acknowledged));
        CHECK(payloads == numbered(static_cast<std::size_t>(acknowledged)));
        CHECK(found.publish("goes on"));
    }
}

TEST_CASE("writer: a failed sync is told to everyone who waits, and to nobody as a success") {
    GatedDisk disk;
    auto config = small_config(disk);
    config.segment_bytes = 1 << 20;
    auto bus = open_bus(config);
    auto topic = open_topic(bus);
    disk.close_gate();
    disk.fail_sync(1);
    Submitted submitted;
    REQUIRE_FALSE(submitted.submit(topic, "a"));
    REQUIRE(disk.reached());
    for (int i = 0; i < 20; ++i) REQUIRE_FALSE(submitted.submit(topic, "b"));
    disk.open_gate();
    REQUIRE(submitted.wait(21));
    for (const auto& [payload, error] : submitted.ended) CHECK(error == Errc::topic_failed);
    CHECK(topic.next_offset() == 0);
}

TEST_CASE("writer: a full disk is an error that passes") {
    SimulatedDisk disk;
    auto config = small_config(disk);
    std::mutex mutex;
    std::vector<std::string> told;
    config.logger = [&](Severity, std::string_view text) {
        const std::lock_guard lock{mutex};
        if (text.find("the disk") != std::string_view::npos) told.emplace_back(text);
    };
    auto bus = open_bus(config);
    auto topic = open_topic(bus);
    publish_numbered(topic, 10);
    std::uint64_t used = 0;
    for (const auto& file : disk.files()) used += disk.content(file).size();
    disk.set_space(used + 1000);
    std::size_t count = 10;
    std::error_code error;
    while (!error) {
        const auto receipt = topic.publish("event " + std::to_string(count));
        if (receipt) {
            ++count;
        } else
            error = receipt.error();
    }
    CHECK(error == Errc::disk_full);
    CHECK(topic.publish("event").error() == Errc::disk_full);
    CHECK(topic.condition() == Condition::open);
    CHECK(read_all(topic) == numbered(count));
    disk.set_space(~std::uint64_t{0});
    publish_numbered(topic, 100, count);
    CHECK(read_all(topic) == numbered(count + 100));
    bus.shutdown();
    REQUIRE(told.size() == 2);  // once each, however many publishes were refused
    CHECK(told[0] == "topic t: the disk is full: publishes are refused until there is room");
    CHECK(told[1] == "topic t: the disk has room again");
    auto again = open_bus(small_config(disk));
    auto found = open_topic(again);
    CHECK(read_all(found) == numbered(count + 100));
    CHECK(found.recovery().cut_from.empty());
}

TEST_CASE("writer: a write that fails half-way leaves nothing behind") {
    SimulatedDisk disk;
    {
        auto bus = open_bus(small_config(disk));
        auto topic = open_topic(bus);
        publish_numbered(topic, 10);
        disk.fail_write(1);
        CHECK(topic.publish("event 10").error() == system_error(EIO));
        CHECK(read_all(topic) == numbered(10));
        // It is no sync that failed: nothing that was acknowledged is in doubt.
        CHECK(topic.condition() == Condition::open);
        publish_numbered(topic, 1, 10);
        disk.fail_write(1);
        CHECK_FALSE(topic.publish("event 11"));
    }
    auto bus = open_bus(small_config(disk));
    auto topic = open_topic(bus);
    CHECK(read_all(topic) == numbered(11));
    CHECK(topic.recovery().cut_from.empty());
}

TEST_CASE("writer: each event of a batch has its own answer") {
    SimulatedDisk disk;
    auto config = small_config(disk);
    config.max_group = 400;  // several groups for one batch
    auto bus = open_bus(config);
    auto topic = open_topic(bus);
    const std::vector<std::string> payloads = numbered(40);
    std::vector<Message> messages;
    for (const std::string& payload : payloads) messages.push_back({as_bytes(payload)});
    std::vector<Receipt> stored;
    disk.fail_write(3);
    CHECK(topic.publish_batch(messages, stored) == system_error(EIO));
    REQUIRE(stored.size() > 0);
    REQUIRE(stored.size() < 40);
    CHECK(stored.back().offset == stored.size() - 1);
    CHECK(read_all(topic) == numbered(stored.size()));
    // What can't be taken for what it is stops only itself and what comes behind it.
    const std::string large(config.max_payload + 1, 'x');
    const std::vector<Message> mixed{{as_bytes("good")}, {as_bytes(large)}, {as_bytes("behind")}};
    CHECK(topic.publish_batch(mixed, stored) == Errc::payload_too_large);
    CHECK(stored.size() == 1);
    CHECK(read_all(topic).back() == "good");
}

TEST_CASE("writer: a request without messages is done at once") {
    SimulatedDisk disk;
    auto bus = open_bus(small_config(disk));
    auto topic = open_topic(bus);
    struct Counted : PublishRequest {
        int times = 0;
    } request;
    request.done = [](PublishRequest& self, std::error_code error) noexcept {
        static_cast<Counted&>(self).times += error ? 100 : 1;
    };
    CHECK_FALSE(topic.submit(request));
    CHECK(request.times == 1);
    CHECK(topic.next_offset() == 0);
    std::vector<Receipt> stored{Receipt{}};
    CHECK_FALSE(topic.publish_batch({}, stored));
    CHECK(stored.empty());
}

TEST_CASE("writer: an event may say what it must be, and what does not fit is not written") {
    SimulatedDisk disk;
    auto config = small_config(disk);
    std::int64_t time = 1'700'000'000'000'000'000;
    config.clock = [&] { return time; };
    auto bus = open_bus(config);
    auto topic = open_topic(bus);
    const auto first = topic.publish("event 0").value();
    EventIdGenerator ids;
    ids.continue_after(first.id);
    const Stamp second{ids.next(time), first.time, 1};  // before the clock, and not before the last event
    time += 1'000'000'000;
    const auto put = [&](const Stamp& stamp, std::vector<Receipt>& stored) {
        const std::vector<Message> messages{{as_bytes("event 1"), {}, &stamp}, {as_bytes("event 2")}};
        return topic.publish_batch(messages, stored);
    };
    std::vector<Receipt> stored;
    CHECK(put({{}, {}, 2}, stored) == Errc::out_of_order);
    CHECK(put({{}, {}, 0}, stored) == Errc::out_of_order);
    CHECK(put({first.id, {}, {}}, stored) == Errc::out_of_order);
    CHECK(put({{}, first.time - 1, {}}, stored) == Errc::out_of_order);
    CHECK(stored.empty());
    CHECK(topic.next_offset() == 1);
    REQUIRE_FALSE(put(second, stored));
    REQUIRE(stored.size() == 2);
    CHECK(stored[0].id == *second.id);
    CHECK(stored[0].time == first.time);
    CHECK(stored[1].id > stored[0].id);
    CHECK(stored[1].time == time);
    // What goes with an event that is refused behind others: they stay.
    const Stamp wrong{{}, {}, 77};
    const std::vector<Message> messages{{as_bytes("event 3")}, {as_bytes("no"), {}, &wrong}, {as_bytes("nor this")}};
    CHECK(topic.publish_batch(messages, stored) == Errc::out_of_order);
    CHECK(stored.size() == 1);
    CHECK(read_all(topic) == numbered(4));
}

TEST_CASE("writer: handing in and leading are two steps") {
    SimulatedDisk disk;
    auto config = small_config(disk);
    auto bus = open_bus(config);
    auto topic = open_topic(bus);
    const Message message{as_bytes("event 0")};
    struct Counted : PublishRequest {
        std::atomic<int> times{0};
    } request;
    request.messages = {&message, 1};
    request.done = [](PublishRequest& self, std::error_code) noexcept { ++static_cast<Counted&>(self).times; };
    REQUIRE_FALSE(topic.hand_in(request));
    CHECK(topic.next_offset() == 0);
    topic.lead();
    CHECK(request.times == 1);
    CHECK(read_all(topic) == numbered(1));
}

TEST_CASE("writer: batch mode syncs after so many events, or after so many milliseconds") {
    SimulatedDisk disk;
    auto config = small_config(disk, Durability::batch(10, std::chrono::milliseconds{3'600'000}));
    config.segment_bytes = 1 << 20;
    {
        auto bus = open_bus(config);
        auto topic = open_topic(bus);
        publish_numbered(topic, 9);
        CHECK(topic.stats().syncs == 0);
        publish_numbered(topic, 1, 9);
        CHECK(topic.stats().syncs == 1);
        CHECK(topic.stats().synced_events == 10);
        publish_numbered(topic, 15, 10);
        CHECK(topic.stats().syncs == 2);
        disk.crash();
    }
    config.durability = Durability::batch(1000, std::chrono::milliseconds{1});
    auto bus = open_bus(config);
    auto topic = open_topic(bus);
    const auto found = read_all(topic).size();
    CHECK(found >= 20);
    REQUIRE(topic.publish("one"));
    for (int i = 0; i < 20000 && topic.stats().syncs == 0; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    CHECK(topic.stats().syncs == 1);
}

TEST_CASE("writer: publishers that wait and publishers that don't share groups, and all are answered") {
    SimulatedDisk disk;
    auto config = small_config(disk);
    config.queue_capacity = 100000;
    config.writer_threads = 2;
    auto bus = open_bus(config);
    std::vector<std::jthread> threads;
    constexpr int kThreads = 8;
    constexpr int kEach = 300;
    std::vector<Submitted> submitted(kThreads);
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            auto topic = bus.topic(t % 2 == 0 ? "even" : "odd").value();
            for (int i = 0; i < kEach; ++i) {
                const std::string payload = std::to_string(t) + ":" + std::to_string(i);
                if (i % 3 == 0) {
                    topic.publish(payload).value();
                } else if (submitted[static_cast<std::size_t>(t)].submit(topic, payload))
                    std::abort();
            }
        });
    }
    threads.clear();
    for (auto& each : submitted) REQUIRE(each.wait(kEach * 2 / 3));
    for (const char* const name : {"even", "odd"}) {
        auto topic = open_topic(bus, name);
        const auto payloads = read_all(topic);
        REQUIRE(payloads.size() == kThreads / 2 * kEach);
        std::vector<int> next(kThreads, 0);
        for (const std::string& payload : payloads) {
            const auto thread = static_cast<std::size_t>(payload[0] - '0');
            REQUIRE(payload == std::to_string(thread) + ":" + std::to_string(next[thread]++));
        }
    }
    CHECK_FALSE(bus.shutdown());
}

TEST_CASE("writer: the clock may go back, times and ids do not") {
    SimulatedDisk disk;
    std::int64_t time = 1'700'000'000'000'000'000;
    auto config = small_config(disk);
    config.clock = [&time] { return time; };
    auto bus = open_bus(config);
    auto topic = open_topic(bus);
    const auto first = topic.publish("a").value();
    time -= 3'600'000'000'000;
    const auto second = topic.publish("b").value();
    CHECK(second.time == first.time);
    CHECK(second.id > first.id);
}

}  // namespace
}  // namespace station::log
