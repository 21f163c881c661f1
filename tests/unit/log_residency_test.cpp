// Reading what is not in memory: a poll that may not wait says so, bring_in() waits, and a file that was cut is an
// error and no SIGBUS. On a real disk, since only that has a page cache.
#include <fcntl.h>

#include <station/base/descriptor.hpp>

#include "log_support.hpp"

namespace station::log {
namespace {

constexpr std::size_t kWritten = 60;
const std::string kPayload(100'000, 'x');

std::vector<Path> segments_of(const Path& folder) {
    std::vector<Path> segments;
    for (const auto& entry : std::filesystem::directory_iterator{folder / "topics" / "t"}) {
        if (entry.path().extension() == ".seg") segments.push_back(entry.path());
    }
    return segments;
}

BusConfig config_in(const Path& folder) {
    BusConfig config;
    config.dir = folder.string();
    config.segment_bytes = std::uint64_t{1} << 20;
    config.durability = *Durability::parse("os");
    return config;
}

void publish_events(const Path& folder) {
    Bus bus = test::open_bus(config_in(folder));
    Topic topic = test::open_topic(bus);
    for (std::size_t i = 0; i < kWritten; ++i) REQUIRE(topic.publish(kPayload));
    REQUIRE_FALSE(bus.shutdown());
}

// False where the file system keeps all it has in memory, and so there is nothing to test.
bool evict(const Path& folder) {
    bool absent = false;
    for (const Path& path : segments_of(folder)) {
        const base::Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
        ::fsync(file.get());
        ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED);
        const auto opened = posix_disk().open(path, Open::read);
        std::byte first{};
        const auto read = (*opened)->read_resident(0, {&first, 1});
        absent = absent || (!read && read.error() == Errc::not_in_memory);
    }
    return absent;
}

constexpr Cursor::Limits kAtOnce{.events = 4, .bytes = 1 << 20, .may_wait = false};

TEST_CASE("what is not in memory is said, brought in by who may wait, and then read: every event once") {
    const test::TemporaryFolder folder;
    publish_events(folder.path());
    Bus bus = test::open_bus(config_in(folder.path()));
    Topic topic = test::open_topic(bus);
    const bool cold = evict(folder.path());
    Cursor cursor = topic.subscribe_unlocated(StartFrom::beginning());
    std::vector<std::uint64_t> offsets;
    std::size_t waited = 0;
    while (offsets.size() < kWritten) {
        const auto batch = cursor.poll(kAtOnce);
        if (!batch) {
            REQUIRE(batch.error() == Errc::not_in_memory);
            ++waited;
            const std::uint64_t position = cursor.position();
            cursor.bring_in(kAtOnce);
            CHECK(cursor.position() == position);
            continue;
        }
        REQUIRE_FALSE(batch->empty());
        for (const EventView& event : *batch) {
            REQUIRE(as_text(event.payload) == kPayload);
            offsets.push_back(event.offset);
        }
        cursor.release();
    }
    for (std::size_t i = 0; i < kWritten; ++i) REQUIRE(offsets[i] == i);
    CHECK(waited >= (cold ? 4 : 1));  // at least where it begins
    CHECK(cursor.poll(kAtOnce)->empty());
    REQUIRE(topic.publish("live"));
    CHECK(cursor.poll(kAtOnce)->size() == 1);  // what was just written needs nobody to wait
}

TEST_CASE("where a file was cut under its readers, reading is an error, waiting or not") {
    const test::TemporaryFolder folder;
    publish_events(folder.path());
    Bus bus = test::open_bus(config_in(folder.path()));
    Topic topic = test::open_topic(bus);
    std::filesystem::resize_file(segments_of(folder.path()).front().parent_path() / "log-00000002.seg", 4096);
    const auto read_to_error = [&](bool may_wait) {
        Cursor cursor = topic.subscribe(StartFrom::beginning());
        std::size_t events = 0;
        while (true) {
            auto batch = cursor.poll({.events = 4, .bytes = 1 << 20, .may_wait = may_wait});
            if (!batch && batch.error() == Errc::not_in_memory) {
                cursor.bring_in(kAtOnce);
                batch = cursor.poll(kAtOnce);
            }
            if (!batch) return std::pair{events, batch.error()};
            events += batch->size();
        }
    };
    for (const bool may_wait : {true, false}) {
        const auto [events, error] = read_to_error(may_wait);
        CHECK(error == std::errc::io_error);
        CHECK(events >= 8);
    }
    CHECK(topic.stats().read_errors >= 2);
}

}  // namespace
}  // namespace station::log
