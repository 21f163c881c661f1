// The exercise `cursor`, the piece alone: what a cursor does beside a writer.
#include <loadgen/explore/explore.hpp>
#include <loadgen/piece/log_in_memory.hpp>
#include <thread>

using namespace station;
using piece::LogInMemory;
using piece::next_batch;

namespace {

// Reads until that many events have come, each the next one.
void read_in_order(log::Cursor::Impl& cursor, std::uint64_t events) {
    std::uint64_t expected = 0;
    while (expected < events) {
        const auto batch = next_batch(cursor);
        explore::require(batch.has_value(), "the cursor says an error, and the log has none");
        if (!batch) return;
        for (const auto& event : *batch) {
            explore::require(event.offset == expected, "an event was passed by, or came twice");
            expected = event.offset + 1;
        }
    }
}

}  // namespace

SCENARIO("an-event-wakes", "Who goes to sleep while an event is written hears of it") {
    LogInMemory log;
    const auto cursor = log.cursor();
    const std::jthread reader{[&] {
        explore::name("reader");
        read_in_order(*cursor, 1);
    }};
    const std::jthread writer{[&] {
        explore::name("writer");
        log.append();
    }};
}

SCENARIO("a-cancel-wakes", "Who goes to sleep while it is cancelled hears of it") {
    LogInMemory log;
    const auto cursor = log.cursor();
    const std::jthread reader{[&] {
        explore::name("reader");
        const auto batch = next_batch(*cursor);
        explore::require(!batch && batch.error() == log::Errc::cancelled, "a cancelled wait ends with another answer");
    }};
    const std::jthread other{[&] {
        explore::name("another thread");
        cursor->cancel();
    }};
}

SCENARIO("the-end-wakes", "Who goes to sleep while the topic ends hears of it, and has read all of it") {
    LogInMemory log;
    const auto cursor = log.cursor();
    const std::jthread reader{[&] {
        explore::name("reader");
        read_in_order(*cursor, 1);
        const auto batch = next_batch(*cursor);
        explore::require(!batch && batch.error() == log::Errc::closed, "the topic's end is told as something else");
    }};
    const std::jthread writer{[&] {
        explore::name("writer");
        log.append();
        log.close();
    }};
}

SCENARIO("no-event-is-passed-by", "A segment is left only when all that was written there has been read") {
    LogInMemory log;
    const auto cursor = log.cursor();
    const std::jthread reader{[&] {
        explore::name("reader");
        read_in_order(*cursor, 3);
    }};
    const std::jthread writer{[&] {
        explore::name("writer");
        log.append();
        log.append();
        log.rotate();
        log.append();
    }};
}
