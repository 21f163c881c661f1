#include "log_support.hpp"

#include <asio/awaitable.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>
#include <future>
#include <station/log/async.hpp>
#include <station/net/asio.hpp>
#include <thread>

namespace station::log {
namespace {

using namespace station::test;

constexpr int kEvents = 300;

asio::awaitable<void> publish_all(Topic topic) {
    for (int i = 0; i < kEvents; ++i) {
        const std::string payload = "event " + std::to_string(i);
        const Receipt receipt = co_await topic.async_publish(payload, asio::use_awaitable);
        if (receipt.offset != static_cast<std::uint64_t>(i)) throw std::runtime_error("wrong offset");
    }
}

asio::awaitable<void> read_all_events(Topic topic, std::vector<std::string>& seen) {
    Cursor cursor = topic.subscribe(StartFrom::beginning());
    while (seen.size() < kEvents) {
        const Cursor::Batch batch = co_await async_next_batch(cursor, asio::use_awaitable);
        for (const EventView& event : batch) seen.emplace_back(as_text(event.payload));
    }
}

TEST_CASE("async: coroutines publish and read, on one thread") {
    SimulatedDisk disk;
    auto bus = open_bus(small_config(disk));
    auto topic = open_topic(bus);
    asio::io_context io{1};
    std::vector<std::string> seen;
    int finished = 0;
    const auto count = [&](std::exception_ptr error) {
        CHECK_FALSE(error);
        ++finished;
    };
    asio::co_spawn(io, read_all_events(topic, seen), count);
    asio::co_spawn(io, publish_all(topic), count);
    io.run();
    CHECK(finished == 2);
    CHECK(seen == numbered(kEvents));
}

TEST_CASE("async: futures and callbacks, and errors for both") {
    SimulatedDisk disk;
    auto bus = open_bus(small_config(disk));
    auto topic = open_topic(bus);
    const auto headers = encode_headers({{"k", "v"}});
    CHECK(topic.async_publish(as_bytes("with headers"), headers, asio::use_future).get().offset == 0);
    CHECK(topic.async_publish("event", asio::use_future).get().offset == 1);
    auto refused = topic.async_publish(std::string(2 << 20, 'x'), asio::use_future);
    CHECK_THROWS_AS(refused.get(), std::system_error);

    asio::io_context io;
    std::thread::id ran_on;
    std::uint64_t offset = 0;
    topic.async_publish("event", asio::bind_executor(io, [&](std::error_code error, const Receipt& receipt) {
                            CHECK_FALSE(error);
                            ran_on = std::this_thread::get_id();
                            offset = receipt.offset;
                        }));
    io.run();
    CHECK(offset == 2);
    CHECK(ran_on == std::this_thread::get_id());
    auto cursor = topic.subscribe(StartFrom::beginning());
    CHECK(decode_headers(cursor.next()->headers) == Headers{{"k", "v"}});
}

TEST_CASE("async: a wait for events can be cancelled, and the cursor used again") {
    SimulatedDisk disk;
    auto bus = open_bus(small_config(disk));
    auto topic = open_topic(bus);
    auto cursor = topic.subscribe(StartFrom::now());
    asio::io_context io;
    asio::cancellation_signal signal;
    std::error_code ended;
    async_next_batch(cursor,
                     asio::bind_cancellation_slot(signal.slot(),
                                                  asio::bind_executor(io, [&](std::error_code error, Cursor::Batch) {
                                                      ended = error;
                                                  })));
    asio::post(io, [&] { signal.emit(asio::cancellation_type::terminal); });
    io.run();
    CHECK(ended == asio::error::operation_aborted);
    REQUIRE(topic.publish("next"));
    io.restart();
    std::string seen;
    async_next_batch(cursor, asio::bind_executor(io, [&](std::error_code error, Cursor::Batch batch) {
                         REQUIRE_FALSE(error);
                         seen = as_text(batch.front().payload);
                     }));
    io.run();
    CHECK(seen == "next");
}

TEST_CASE("async: the end of the bus ends the wait") {
    SimulatedDisk disk;
    auto bus = open_bus(small_config(disk));
    auto topic = open_topic(bus);
    auto cursor = topic.subscribe(StartFrom::now());
    asio::io_context io;
    std::error_code ended;
    async_next_batch(cursor, asio::bind_executor(io, [&](std::error_code error, Cursor::Batch) { ended = error; }));
    asio::post(io, [&] { bus.shutdown(); });
    io.run();
    CHECK(ended == Errc::closed);
}

}  // namespace
}  // namespace station::log
