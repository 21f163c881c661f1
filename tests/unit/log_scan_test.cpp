#include "log_support.hpp"

#include <numeric>
#include <station/log/detail/parallel_scan.hpp>

namespace station::log {
namespace {

using namespace station::test;

// A disk with a log of several segments, whose clock starts at `seconds`, as a kill leaves it.
struct Killed {
    SimulatedDisk disk;

    explicit Killed(std::int64_t seconds) {
        auto config = small_config(disk);
        config.clock = [time = seconds * 1'000'000'000]() mutable { return time += 1'000'000; };
        auto bus = open_bus(single_threaded(config));
        auto topic = open_topic(bus);
        publish_numbered(topic, 300);
        disk.kill();
    }

    // Every segment will have to be scanned.
    void forget_indexes() {
        disk.power_on();
        for (const std::string& file : disk.files()) {
            if (file.ends_with(".idx")) disk.remove(file);
        }
    }
};

TEST_CASE("scan: segments scanned at once are what they are one after the other") {
    Killed killed{1'700'000'000};
    killed.forget_indexes();
    std::vector<ScanJob> jobs;
    std::vector<Scan> in_turn;
    Expectation expected;
    for (std::uint32_t number = 1; killed.disk.exists(segment_path(number)).value(); ++number) {
        const auto file = killed.disk.open(segment_path(number), Open::read).value();
        const std::uint64_t size = file->size().value();
        if (size == 0) break;
        const std::uint64_t base = expected.offset;
        FileReader source{*file};
        in_turn.push_back(scan_segment(source, size, expected, {base, 256}).value());
        expected = in_turn.back().next;
        jobs.push_back({segment_path(number), size, base});
    }
    REQUIRE(jobs.size() > 4);
    std::vector<std::uint64_t> told;
    scan_in_parallel(killed.disk, jobs, 256, [&](std::uint64_t bytes) { told.push_back(bytes); });
    expected = {};
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        const Scan& scan = jobs[i].result.value().value();
        REQUIRE(fits(scan, expected));
        CHECK(scan.end == in_turn[i].end);
        CHECK(scan.events == in_turn[i].events);
        CHECK(scan.proven == in_turn[i].proven);
        CHECK(scan.last.id == in_turn[i].last.id);
        CHECK(scan.next.time == in_turn[i].next.time);
        CHECK(scan.index.entries().size() == in_turn[i].index.entries().size());
        expected = scan.next;
    }
    CHECK(std::is_sorted(told.begin(), told.end()));
    const auto add = [](std::uint64_t sum, const Scan& scan) { return sum + scan.end; };
    CHECK(told.back() == std::accumulate(in_turn.begin(), in_turn.end(), std::uint64_t{0}, add));
}

TEST_CASE("scan: segments that do not follow one another are not taken for a log because each is sound") {
    Killed killed{1'700'000'000};
    Killed later{1'800'000'000};
    killed.forget_indexes();
    killed.disk.set_content(segment_path(1), later.disk.content(segment_path(1)));
    auto bus = open_bus(small_config(killed.disk));
    auto topic = open_topic(bus);
    REQUIRE_FALSE(topic.recovery().damage.empty());
    CHECK(topic.recovery().damage[0].file == segment_path(2).string());
    CHECK(topic.publish("no").error() == Errc::topic_damaged);
}

TEST_CASE("scan: a window reads again what lay behind the end when it was loaded") {
    SimulatedDisk disk;
    REQUIRE_FALSE(disk.create_folders(kFolder));
    const auto file = disk.open(Path{kFolder} / "file", Open::create).value();
    REQUIRE_FALSE(file->write_at(0, as_bytes(std::string(100, '\0'))));
    REQUIRE_FALSE(file->write_at(0, as_bytes("first")));
    FileReader source{*file};
    RecordWindow window;
    CHECK(as_text(window.bytes(source, 0, 5, 5).value()) == "first");
    REQUIRE_FALSE(file->write_at(5, as_bytes("second")));
    CHECK(as_text(window.bytes(source, 5, 11, 6).value()) == "second");
}

}  // namespace
}  // namespace station::log
