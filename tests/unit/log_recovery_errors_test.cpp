// What recovery does where it can't do all: read errors, a full disk, names that are taken.
#include "log_refusing_disk.hpp"
#include "log_support.hpp"

#include <algorithm>
#include <cerrno>
#include <new>
#include <station/log/detail/recovery.hpp>
#include <thread>

namespace station::log {
namespace {

using namespace station::test;

using FileBytes = std::vector<std::byte>;

const Path kTopic = Path{kFolder} / "topics" / "t";

void make_log(SimulatedDisk& disk, std::size_t events, bool clean, Durability durability = {}) {
    {
        auto bus = open_bus(single_threaded(small_config(disk, durability)));
        auto topic = open_topic(bus);
        publish_numbered(topic, events);
        if (clean) bus.shutdown();
        disk.kill();  // what the bus does from here on no longer reaches the disk
    }
    disk.power_on();
}

std::uint32_t last_segment(SimulatedDisk& disk) {
    std::uint32_t last = 1;
    while (disk.exists(segment_path(last + 1)).value() && !disk.content(segment_path(last + 1)).empty()) ++last;
    return last;
}

Result<RecoveredTopic> recover(Disk& disk, const RecoveryOptions& options = {.index_stride = 256}) {
    OpenFiles files{disk, Access::read};
    return recover_topic(files, kTopic, options);
}

TEST_CASE("recovery: an index that can't be read now is an error, and nothing that was durable is cut") {
    SimulatedDisk simulated;
    make_log(simulated, 10, true, Durability::os());
    // Only the index of the clean close proves that the last event was durable.
    FileBytes bad = simulated.content(segment_path(1));
    bad[bad.size() - 10] ^= std::byte{1};
    simulated.set_content(segment_path(1), bad);
    RefusingDisk disk{simulated};
    const int error = GENERATE(EMFILE, ENFILE, ENOMEM, EIO, EACCES);
    disk.refuse = [error](const Path& path, Open mode) {
        return path.extension() == ".idx" && mode == Open::read ? system_error(error) : std::error_code{};
    };
    const auto recovered = recover(disk);
    REQUIRE_FALSE(recovered);
    CHECK(recovered.error().code == system_error(error));
    CHECK(recovered.error().where == index_path(1).string());
    CHECK(simulated.content(segment_path(1)) == bad);
    disk.refuse = {};
    CHECK_FALSE(recover(disk)->report.damage.empty());
    CHECK(simulated.content(segment_path(1)) == bad);
}

TEST_CASE("recovery: a segment that can't be opened, and memory that runs out, are the topic's error") {
    SimulatedDisk simulated;
    make_log(simulated, 150, false);
    const auto before = simulated.files();
    RefusingDisk disk{simulated};
    const bool memory = GENERATE(false, true);
    disk.refuse = [memory](const Path& path, Open) -> std::error_code {
        if (path != segment_path(2)) return {};
        if (memory) throw std::bad_alloc{};
        return system_error(EMFILE);
    };
    const auto recovered = recover(disk);
    REQUIRE_FALSE(recovered);
    CHECK(recovered.error().code ==
          (memory ? std::make_error_code(std::errc::not_enough_memory) : system_error(EMFILE)));
    CHECK(simulated.files() == before);
}

TEST_CASE("recovery: an index that can't be written is a warning, and the log is served without it") {
    SimulatedDisk simulated;
    make_log(simulated, 300, true);
    simulated.remove(index_path(1));
    RefusingDisk disk{simulated};
    const int error = GENERATE(ENOSPC, EMFILE, ENOMEM);
    disk.refuse = [error](const Path& path, Open mode) {
        return path.extension() == ".new" && mode == Open::create ? system_error(error) : std::error_code{};
    };
    {
        auto config = small_config(simulated);
        config.disk = &disk;
        auto bus = open_bus(config);
        auto topic = open_topic(bus);
        REQUIRE(topic.recovery().warnings.size() == 1);
        CHECK(topic.recovery().warnings[0].starts_with(index_path(1).string() + " can't be written: "));
        CHECK(to_json(topic.recovery()).find("\"warnings\":[\"") != std::string::npos);
        CHECK(read_all(topic, StartFrom::offset(10)) == numbered(290, 10));
        CHECK(topic.publish("goes on"));
    }
    CHECK_FALSE(simulated.exists(index_path(1)).value());
    disk.refuse = {};
    const auto recovered = recover(disk);
    REQUIRE(recovered);
    CHECK(recovered->report.warnings.empty());
    CHECK(simulated.exists(index_path(1)).value());
}

TEST_CASE("recovery: an index that was not written to its end leaves nothing behind") {
    SimulatedDisk disk;
    make_log(disk, 100, true);
    disk.set_content(kTopic / "log-00000001.idx.new", FileBytes(100));
    disk.set_content(kTopic / "note.new", FileBytes(1));
    const RecoveryOptions read_only{.read_only = true};
    REQUIRE(recover(disk, read_only));
    CHECK(disk.exists(kTopic / "log-00000001.idx.new").value());
    REQUIRE(recover(disk));
    CHECK_FALSE(disk.exists(kTopic / "log-00000001.idx.new").value());
    CHECK(disk.exists(kTopic / "note.new").value());  // not ours
    disk.fail_write(1);
    CHECK(store_index(disk, index_path(1), {}, {}));
    CHECK_FALSE(disk.exists(kTopic / "log-00000001.idx.new").value());
}

TEST_CASE("recovery: a torn tail that can't be kept is cut when there is room, before anything is written") {
    SimulatedDisk simulated;
    make_log(simulated, 8, false);
    FileBytes bytes = simulated.content(segment_path(1));
    const FileBytes torn(40, std::byte{0x77});
    const auto end = static_cast<std::uint64_t>(
        std::find_if(bytes.rbegin(), bytes.rend(), [](std::byte b) { return b != std::byte{0}; }).base() -
        bytes.begin());
    bytes.resize(end);
    bytes.insert(bytes.end(), torn.begin(), torn.end());
    simulated.set_content(segment_path(1), bytes);
    RefusingDisk disk{simulated};
    const int error = GENERATE(ENOSPC, EMFILE);
    const auto no_room = [error](const Path& path, Open mode) {
        return path.extension() != ".seg" && mode == Open::create ? system_error(error) : std::error_code{};
    };
    disk.refuse = no_room;
    auto config = small_config(simulated);
    config.disk = &disk;
    {
        auto bus = open_bus(config);
        auto topic = open_topic(bus);
        CHECK(topic.recovery().warnings.size() == 1);
        CHECK(topic.recovery().cut_from.empty());
        CHECK(topic.condition() == Condition::open);
        CHECK(read_all(topic) == numbered(8));
        CHECK(topic.publish("refused").error() == system_error(error));
        CHECK(topic.publish("refused").error() == system_error(error));
        CHECK(simulated.content(segment_path(1)) == bytes);
        if (GENERATE(false, true)) {
            bus.shutdown();  // and a start that finds no room either
            CHECK(simulated.content(segment_path(1)) == bytes);
            bus = open_bus(config);
            topic = open_topic(bus);
            CHECK(topic.recovery().warnings.size() == 1);
        }
        disk.refuse = {};
        CHECK(topic.publish("event 8")->offset == 8);
        CHECK(simulated.content(kTopic / ("log-00000001.torn-" + std::to_string(end))) == torn);
        CHECK(read_all(topic) == numbered(9));
        simulated.kill();
    }
    simulated.power_on();
    auto bus = open_bus(config);
    auto topic = open_topic(bus);
    CHECK(topic.recovery().damage.empty());
    CHECK(topic.recovery().cut_from.empty());
    CHECK(read_all(topic) == numbered(9));
}

// In mode os a power cut may take the end of a full segment, and leave the next one.
TEST_CASE("recovery: what an earlier start has set aside is never overwritten") {
    SimulatedDisk disk;
    std::vector<FileBytes> lost;
    std::size_t there = 0;
    for (int round = 0; round < 3; ++round) {
        {
            auto bus = open_bus(small_config(disk, Durability::os()));
            auto topic = open_topic(bus);
            if (round > 0) CHECK(topic.recovery().set_aside.size() == 1);
            there = topic.next_offset();
            while (topic.stats().segments < 2) REQUIRE(topic.publish("event " + std::to_string(there++)));
            REQUIRE(topic.publish("round " + std::to_string(round)));
            disk.kill();
        }
        disk.power_on();
        for (const std::string& file : disk.files()) {
            if (file.ends_with(".idx")) disk.remove(file);
        }
        FileBytes first = disk.content(segment_path(1));
        first.resize(first.size() - 100);
        disk.set_content(segment_path(1), first);
        lost.push_back(disk.content(segment_path(2)));
    }
    auto bus = open_bus(small_config(disk, Durability::os()));
    CHECK(open_topic(bus).recovery().damage.empty());
    CHECK(disk.content(kTopic / "log-00000002.torn-0") == lost[0]);
    CHECK(disk.content(kTopic / "log-00000002.torn-0-2") == lost[1]);
    CHECK(disk.content(kTopic / "log-00000002.torn-0-3") == lost[2]);
}

TEST_CASE("recovery: many segments are opened with few descriptors") {
    SimulatedDisk simulated;
    make_log(simulated, 3000, false);
    const std::uint32_t segments = last_segment(simulated);
    REQUIRE(segments > 50);
    if (GENERATE(false, true)) {
        for (std::uint32_t number = 1; number < segments; ++number) simulated.remove(index_path(number));
    }
    RefusingDisk disk{simulated};
    const auto recovered = recover(disk);
    REQUIRE(recovered);
    CHECK(recovered->next_offset == 3000);
    CHECK(recovered->segments.size() == segments);
    const int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    CHECK(disk.most_open() <= 2 + threads);
}

// A disk that was full has taken a header and a part of a record, which were taken back; the next start went on in the
// segment before.
struct TakenBack {
    SimulatedDisk disk;
    FileBytes header;

    explicit TakenBack(std::uint64_t seed = 1) : disk(seed) {
        make_log(disk, 10, false);
        const FileBytes first = disk.content(segment_path(1));
        SegmentHeader begun;
        REQUIRE(decode_segment_header(Bytes{first}.first(kSegmentHeaderSize), begun) == Decoded::ok);
        begun.base_offset = 10;
        const auto encoded = encode_segment_header(begun);
        header.assign(encoded.begin(), encoded.end());
        header.insert(header.end(), 15, std::byte{7});
        disk.set_content(segment_path(2), header);
    }
};

TEST_CASE("recovery: what was taken back in memory only does not come back behind events that were written since") {
    // A power cut takes what was not synced, or leaves it.
    TakenBack begun{GENERATE(range(1U, 9U))};
    REQUIRE((*begun.disk.open(segment_path(2), Open::write))->truncate(0) == std::error_code{});
    {
        auto bus = open_bus(single_threaded(small_config(begun.disk)));
        auto topic = open_topic(bus);
        publish_numbered(topic, 5, 10);
        begun.disk.crash();
    }
    auto bus = open_bus(single_threaded(small_config(begun.disk)));
    auto topic = open_topic(bus);
    CHECK(topic.recovery().cut_from.empty());
    CHECK(begun.disk.content(segment_path(2)).empty());
    CHECK(read_all(topic) == numbered(15));
}

TEST_CASE("recovery: a segment that begins before the end of the one in front of it was never begun") {
    TakenBack begun;
    begun.disk.set_content(segment_path(2), {});
    {
        auto bus = open_bus(single_threaded(small_config(begun.disk)));
        auto topic = open_topic(bus);
        publish_numbered(topic, 5, 10);
        begun.disk.kill();
    }
    begun.disk.power_on();
    begun.disk.set_content(segment_path(2), begun.header);
    auto bus = open_bus(single_threaded(small_config(begun.disk)));
    auto topic = open_topic(bus);
    CHECK(topic.recovery().damage.empty());
    CHECK(begun.disk.content(kTopic / "log-00000002.torn-0") == begun.header);
    publish_numbered(topic, 200, 15);
    CHECK(read_all(topic) == numbered(215));
    for (const std::uint64_t offset : {9U, 10U, 14U, 15U}) {
        auto cursor = topic.subscribe(StartFrom::offset(offset));
        CHECK(cursor.start().from_offset == offset);
        CHECK(cursor.next()->offset == offset);
    }
}

}  // namespace
}  // namespace station::log
