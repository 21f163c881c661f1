// What may pass is refused, told, and tried again; only a sync that failed is final.
#include "log_writer_support.hpp"

namespace station::log {
namespace {

using namespace station::test;
using Call = FailingDisk::Call;

const std::error_code kPassing[] = {system_error(EMFILE), system_error(ENFILE), system_error(ENOMEM),
                                    system_error(ENOSPC), system_error(EINTR)};

// Publishes "event N" until one is refused: with what. Refused ones are not counted in `count`.
std::error_code publish_until_refused(Topic& topic, std::size_t& count) {
    for (int i = 0; i < 1000; ++i) {
        const auto receipt = topic.publish("event " + std::to_string(count));
        if (!receipt) return receipt.error();
        ++count;
    }
    return {};
}

void check_log(SimulatedDisk& disk, std::size_t count) {
    auto bus = open_bus(small_config(disk));
    auto topic = open_topic(bus);
    CHECK(read_all(topic) == numbered(count));
    CHECK(topic.recovery().cut_from.empty());
}

TEST_CASE("writer: a rotation that meets a passing error is refused, and tried again") {
    for (const Call call : {Call::create, Call::open_write, Call::sync_folder}) {
        for (const std::error_code error : kPassing) {
            if (call == Call::sync_folder && error == Errc::disk_full) continue;  // of a folder's sync that is final
            CAPTURE(static_cast<int>(call), error.message());
            FailingDisk disk;
            std::size_t count = 0;
            {
                auto config = small_config(disk);
                config.writer_threads = 0;
                auto bus = open_bus(config);
                auto topic = open_topic(bus);
                publish_numbered(topic, 20);
                count = 20;
                disk.fail(call, error, 1000);
                CHECK(publish_until_refused(topic, count) == error);
                // A prepared file that can't be opened is made anew, which may work.
                if (call != Call::open_write) {
                    const auto again = topic.publish(std::string(3900, '!'));
                    CHECK((again ? std::error_code{} : again.error()) == error);
                }
                CHECK(topic.condition() == Condition::open);
                disk.fail(call, error, 0);
                publish_numbered(topic, 100, count);
                count += 100;
                CHECK(read_all(topic) == numbered(count));
                CHECK_FALSE(bus.shutdown());
            }
            check_log(disk, count);
        }
    }
}

TEST_CASE("writer: a topic whose first file can't be made now is refused, and made when it is asked for again") {
    for (const std::error_code error : kPassing) {
        CAPTURE(error.message());
        FailingDisk disk;
        auto bus = open_bus(small_config(disk));
        std::uint32_t stream = open_topic(bus, "other").stream();
        disk.fail(Call::create, error, 1000);
        const auto refused = bus.topic("t");
        CHECK((refused ? std::error_code{} : refused.error()) == error);
        disk.fail(Call::create, {}, 0);
        disk.fail(Call::sync_folder, system_error(EMFILE), 1000);
        CHECK_FALSE(bus.topic("t").has_value());
        disk.fail(Call::sync_folder, {}, 0);
        auto topic = open_topic(bus, "t");
        CHECK(topic.stream() == stream + 1);
        publish_numbered(topic, 3);
        CHECK(read_all(topic) == numbered(3));
    }
}

TEST_CASE("writer: a folder's sync that failed is final") {
    FailingDisk disk;
    auto config = small_config(disk);
    config.writer_threads = 0;
    auto bus = open_bus(config);
    auto topic = open_topic(bus);
    publish_numbered(topic, 20);
    std::size_t count = 20;
    disk.fail(Call::sync_folder, system_error(EIO));
    while (!disk.has_failed(Call::sync_folder) && topic.publish("event " + std::to_string(count))) ++count;
    CHECK(topic.condition() == Condition::failed);
    CHECK(topic.publish("later").error() == Errc::topic_failed);
}

TEST_CASE("writer: a seal that meets a passing error is put off, and done at last") {
    for (const Call call : {Call::truncate, Call::rename}) {
        CAPTURE(static_cast<int>(call));
        FailingDisk disk;
        std::mutex mutex;
        std::vector<std::string> told;
        auto config = small_config(disk);
        config.logger = [&](Severity severity, std::string_view text) {
            const std::lock_guard lock{mutex};
            if (severity != Severity::info) told.emplace_back(text);
        };
        auto bus = open_bus(config);
        auto topic = open_topic(bus);
        std::size_t count = 0;
        while (topic.stats().segments == 1) publish_numbered(topic, 1, count++);
        REQUIRE(wait_until([&] { return disk.exists(index_path(1)).value_or(false); }));
        disk.fail(call, system_error(EMFILE));
        while (topic.stats().segments == 2) publish_numbered(topic, 1, count++);
        // Nobody asks for it, and it is done.
        REQUIRE(wait_until([&] { return topic.stats().put_off == 1; }));
        REQUIRE(wait_until([&] { return disk.exists(index_path(2)).value_or(false); }));
        CHECK(topic.condition() == Condition::open);
        CHECK(read_all(topic) == numbered(count));
        CHECK_FALSE(bus.shutdown());
        REQUIRE(told.size() == 1);
        CHECK(told[0].find("segment 2 can't be sealed now: Too many open files; it is tried again") !=
              std::string::npos);
    }
}

TEST_CASE("writer: what was put off is done at the close") {
    FailingDisk disk;
    auto config = small_config(disk);
    config.writer_threads = 0;  // no alarm rings
    {
        auto bus = open_bus(config);
        auto topic = open_topic(bus);
        std::size_t count = 0;
        disk.fail(Call::truncate, system_error(EINTR), 1);
        while (topic.stats().segments == 1) publish_numbered(topic, 1, count++);
        CHECK(topic.stats().put_off == 1);
        CHECK_FALSE(disk.exists(index_path(1)).value_or(true));
        CHECK_FALSE(bus.shutdown());
    }
    CHECK(disk.exists(index_path(1)).value_or(false));
}

TEST_CASE("writer: os mode begins no second segment while one can't be made durable, and says why") {
    FailingDisk disk;
    auto config = small_config(disk, Durability::os());
    config.writer_threads = 0;
    auto bus = open_bus(config);
    auto topic = open_topic(bus);
    std::size_t count = 0;
    while (topic.stats().segments == 1) publish_numbered(topic, 1, count++);
    disk.fail(Call::open_write, system_error(EMFILE), 1000);
    CHECK(publish_until_refused(topic, count) == system_error(EMFILE));
    CHECK(topic.stats().segments <= 3);
    disk.fail(Call::open_write, {}, 0);
    publish_numbered(topic, 100, count);
    CHECK(read_all(topic) == numbered(count + 100));
    CHECK_FALSE(bus.shutdown());
}

TEST_CASE("writer: a failed write is taken back before anything else is written") {
    const auto batch = Durability::batch(1000, std::chrono::milliseconds{1000});
    for (const auto mode : {Durability::always(), batch, Durability::os()}) {
        CAPTURE(mode.to_text());
        FailingDisk disk;
        std::size_t count = 10;
        {
            auto bus = open_bus(small_config(disk, mode));
            auto topic = open_topic(bus);
            publish_numbered(topic, 10);
            // The way back is barred at first, too, and open when the next one comes.
            disk.fail(Call::truncate, system_error(EINTR), 2);
            disk.fail(Call::write, system_error(EINTR), 1);
            const std::string refused(600, '!');
            CHECK(topic.publish(refused).error() == std::errc::interrupted);
            CHECK(topic.publish(refused).error() == std::errc::interrupted);
            CHECK(topic.condition() == Condition::open);
            publish_numbered(topic, 1, count++);
            const auto bytes = disk.content(segment_path(1));
            CHECK(as_text(bytes).find("!!!") == std::string_view::npos);
            publish_numbered(topic, 4, count);
            count += 4;
            CHECK(read_all(topic) == numbered(count));
        }
        check_log(disk, count);
    }
}

TEST_CASE("writer: a failed write that can't be taken back is final") {
    FailingDisk disk;
    auto bus = open_bus(small_config(disk));
    auto topic = open_topic(bus);
    publish_numbered(topic, 10);
    disk.fail(Call::truncate, system_error(EIO), 1);
    disk.fail(Call::write, system_error(EIO), 1);
    CHECK(topic.publish("refused").error() == Errc::topic_failed);
    CHECK(topic.condition() == Condition::failed);
    CHECK(read_all(topic) == numbered(10));
}

TEST_CASE("writer: without memory a group is refused, and the next one is written") {
    for (const Call call : {Call::write, Call::open_write, Call::create, Call::sync_folder}) {
        CAPTURE(static_cast<int>(call));
        FailingDisk disk;
        std::size_t count = 0;
        {
            auto config = small_config(disk);
            config.writer_threads = 0;
            auto bus = open_bus(config);
            auto topic = open_topic(bus);
            publish_numbered(topic, 5);
            count = 5;
            // Half of the segment is prepared in the background: the first failure is met there, the second one here.
            for (int i = 0; i < 2; ++i) {
                disk.run_out_of_memory(call);
                const auto error = publish_until_refused(topic, count);
                if (error) CHECK(error == std::errc::not_enough_memory);
                CHECK(disk.has_failed(call));
            }
            CHECK(topic.condition() == Condition::open);
            publish_numbered(topic, 50, count);
            count += 50;
            CHECK(read_all(topic) == numbered(count));
            CHECK_FALSE(bus.shutdown());
        }
        check_log(disk, count);
    }
}

TEST_CASE("writer: of a batch that meets an error the first part may be stored, and that is said") {
    SimulatedDisk disk;
    auto config = small_config(disk);
    config.max_group = 1000;
    config.zero_ahead = 0;
    config.segment_bytes = 1 << 20;
    auto bus = open_bus(config);
    auto topic = open_topic(bus);
    publish_numbered(topic, 1);
    std::uint64_t used = 0;
    for (const auto& file : disk.files()) used += disk.content(file).size();
    disk.set_space(used + 2500);  // two groups
    const auto payloads = numbered(100, 1);
    std::vector<Message> messages;
    for (const auto& payload : payloads) messages.push_back({as_bytes(payload)});
    std::vector<Receipt> stored;
    CHECK(topic.publish_batch(messages, stored) == Errc::disk_full);
    REQUIRE(stored.size() > 20);
    REQUIRE(stored.size() < 100);
    for (std::size_t i = 0; i < stored.size(); ++i) CHECK(stored[i].offset == i + 1);
    CHECK(topic.next_offset() == 1 + stored.size());
    CHECK(read_all(topic) == numbered(1 + stored.size()));
    CHECK(topic.publish_batch(messages).error() == Errc::disk_full);
    CHECK(topic.publish_batch(std::span{messages}.first(0), stored) == std::error_code{});
    CHECK(stored.empty());
}

}  // namespace
}  // namespace station::log
