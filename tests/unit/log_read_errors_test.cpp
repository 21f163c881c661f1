// A reader that can't read now: no descriptor, no memory. It is told, nothing is passed by, and it is no end.
#include "log_support.hpp"

#include <atomic>
#include <cerrno>
#include <fstream>
#include <thread>

namespace station::log {
namespace {

using namespace station::test;

// Opens no file for reading while it is told so.
class StingyDisk : public SimulatedDisk {
  public:
    Expected<std::unique_ptr<File>> open(const Path& path, Open mode) override {
        if (mode == Open::read && error_.load() != 0) return tl::unexpected(system_error(error_.load()));
        return SimulatedDisk::open(path, mode);
    }
    void refuse(int error) { error_.store(error); }

  private:
    std::atomic<int> error_{0};
};

struct Log {
    StingyDisk disk;
    Bus bus;
    Topic topic;
    explicit Log(std::size_t events) : bus(open_bus(small_config(disk))), topic(open_topic(bus)) {
        publish_numbered(topic, events);
        REQUIRE(topic.stats().segments > 2);
    }
};

TEST_CASE("cursor: where its place can't be read now it says so, and finds it later") {
    for (const int error : {EMFILE, ENFILE, ENOMEM, EIO}) {
        Log log{200};
        log.disk.refuse(error);
        auto cursor = log.topic.subscribe(StartFrom::offset(100));
        CHECK(cursor.locate() == system_error(error));
        CHECK(cursor.poll().error() == system_error(error));
        CHECK(log.topic.stats().read_errors >= 2);
        log.disk.refuse(0);
        REQUIRE_FALSE(cursor.locate());
        CHECK(cursor.start().from_offset == 100);
        CHECK(cursor.start().complete);
        CHECK(cursor.next()->offset == 100);
    }
}

TEST_CASE("cursor: a read that fails on the way is no end, and passes nothing by") {
    Log log{200};
    auto cursor = log.topic.subscribe(StartFrom::beginning());
    std::vector<std::string> found;
    std::size_t refused = 0;
    while (found.size() < 200) {
        const auto batch = cursor.poll({.events = 7});
        if (!batch) {
            REQUIRE(batch.error() == std::errc::too_many_files_open);
            ++refused;
            log.disk.refuse(0);
            continue;
        }
        REQUIRE_FALSE(batch->empty());
        for (const EventView& event : *batch) found.emplace_back(as_text(event.payload));
        log.disk.refuse(EMFILE);
    }
    CHECK(found == numbered(200));
    CHECK(refused > 1);
    log.disk.refuse(0);
    CHECK(cursor.poll()->empty());
}

TEST_CASE("cursor: one that follows live goes on after a read that failed") {
    Log log{200};
    auto cursor = log.topic.subscribe(StartFrom::now());
    CHECK(cursor.poll()->empty());
    log.disk.refuse(ENOMEM);
    publish_numbered(log.topic, 100, 200);  // into the next segment, which has to be opened
    std::vector<std::string> found;
    std::size_t refused = 0;
    while (found.size() < 100) {
        const auto batch = cursor.next_batch();
        if (!batch) {
            REQUIRE(batch.error() == std::errc::not_enough_memory);
            REQUIRE(++refused == 1);
            log.disk.refuse(0);
            continue;
        }
        for (const EventView& event : *batch) found.emplace_back(as_text(event.payload));
    }
    CHECK(refused == 1);
    CHECK(found == numbered(100, 200));
}

// Mappings of segments below a folder, in this process.
std::size_t mappings_of(const Path& folder) {
    std::ifstream maps{"/proc/self/maps"};
    std::size_t count = 0;
    for (std::string line; std::getline(maps, line);) {
        count += line.find(folder.string()) != std::string::npos && line.ends_with(".seg") ? 1 : 0;
    }
    return count;
}

TEST_CASE("cursor: one that sleeps holds no mapping, nor does one that was released") {
    const TemporaryFolder folder;
    auto bus = open_bus({.dir = folder.path()});
    auto topic = open_topic(bus);
    publish_numbered(topic, 10);
    std::vector<Cursor> cursors;
    for (int i = 0; i < 500; ++i) {
        cursors.push_back(topic.subscribe(StartFrom::beginning()));
        REQUIRE(cursors.back().poll()->size() == 10);
        if (i % 2 == 0) {
            REQUIRE(cursors.back().poll()->empty());
        } else {
            cursors.back().release();
        }
    }
    CHECK(mappings_of(folder.path()) == 1);  // the one that they all shared
}

TEST_CASE("cursor: the longest wait there is does not end at once") {
    Log log{200};
    auto cursor = log.topic.subscribe(StartFrom::now());
    std::jthread cancels([&] {
        while (log.topic.stats().cursors == 0) std::this_thread::yield();
        cursor.cancel();
    });
    CHECK(cursor.next(std::chrono::nanoseconds::max()).error() == Errc::cancelled);
}

}  // namespace
}  // namespace station::log
