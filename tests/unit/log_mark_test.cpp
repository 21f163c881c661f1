// Recovery and verify up to the mark of a live writer: what lies behind it does not exist.
#include "log_support.hpp"

#include <limits>
#include <station/log/detail/recovery.hpp>
#include <station/log/verify.hpp>

namespace station::log {
namespace {

using namespace station::test;

using FileBytes = std::vector<std::byte>;

// As a writer at work leaves it for a moment: a header, records, zeros written ahead.
struct Live {
    SimulatedDisk disk;

    explicit Live(std::size_t events) {
        {
            auto bus = open_bus(single_threaded(small_config(disk)));
            auto topic = open_topic(bus);
            publish_numbered(topic, events);
            disk.kill();
        }
        disk.power_on();
    }

    Result<RecoveredTopic> recover(std::uint64_t up_to) {
        RecoveryOptions options{.index_stride = 256, .read_only = true};
        options.up_to = up_to;
        OpenFiles files{disk, Access::read};
        return recover_topic(files, Path{kFolder} / "topics" / "t", options);
    }

    std::uint64_t position(std::uint64_t offset) {
        const FileBytes bytes = disk.content(segment_path(1));
        std::uint64_t at = kSegmentHeaderSize;
        for (; offset > 0; --offset) at += framed_size(Bytes{bytes}.subspan(at)).value();
        return at;
    }
    void flip(std::uint64_t at) {
        FileBytes bytes = disk.content(segment_path(1));
        bytes[at] ^= std::byte{0x55};
        disk.set_content(segment_path(1), bytes);
    }
};

TEST_CASE("mark: every mark gives the events before it, and nothing is wrong") {
    Live live{150};
    for (std::uint64_t mark = 0; mark <= 150; ++mark) {
        const auto found = live.recover(mark);
        REQUIRE(found);
        REQUIRE(found->next_offset == mark);
        REQUIRE(found->report.damage.empty());
        if (!found->segments.empty()) REQUIRE(found->segments.back()->next_offset() == mark);
    }
}

TEST_CASE("mark: what is half written behind it is nobody's business") {
    Live live{10};
    live.flip(live.position(7) + 56);
    const auto found = live.recover(7);
    REQUIRE(found);
    CHECK(found->next_offset == 7);
    CHECK(found->report.damage.empty());
    CHECK(found->segments.back()->end() == live.position(7));
    const auto verdicts = verify(live.disk, kFolder, {}, {}, [](std::uint32_t) { return 7; });
    REQUIRE(verdicts);
    CHECK((*verdicts)[0].damage.empty());
    CHECK((*verdicts)[0].notes.empty());
    CHECK((*verdicts)[0].events == 7);
}

TEST_CASE("mark: where nobody writes, all is judged") {
    Live live{10};
    live.flip(live.position(9) + 56);
    constexpr auto kNobody = std::numeric_limits<std::uint64_t>::max();
    const auto found = live.recover(kNobody);
    REQUIRE(found);
    CHECK(found->next_offset == 9);
    CHECK(found->report.damage.empty());  // a torn tail
    const auto verdicts = verify(live.disk, kFolder, {}, {}, [](std::uint32_t) { return kNobody; });
    REQUIRE(verdicts);
    CHECK((*verdicts)[0].damage.empty());
    CHECK((*verdicts)[0].notes.size() == 1);
}

TEST_CASE("mark: what is broken or missing before it is damage, though no file proves that it was durable") {
    Live live{10};
    SECTION("in the middle") {
        live.flip(live.position(3) + 56);
        const auto found = live.recover(8);
        REQUIRE(found);
        REQUIRE(found->report.damage.size() == 1);
        CHECK(found->report.damage[0].first_offset == 3);
        CHECK(found->report.damage[0].next_offset == 4);
        CHECK(found->next_offset == 8);
    }
    SECTION("the last one") {
        live.flip(live.position(9) + 56);
        const auto found = live.recover(10);
        REQUIRE(found);
        REQUIRE_FALSE(found->report.damage.empty());
        CHECK(found->report.damage.back().next_offset == 10);
    }
    SECTION("all") {
        live.disk.remove(segment_path(1));
        const auto found = live.recover(10);
        REQUIRE(found);
        REQUIRE(found->report.damage.size() == 1);
        CHECK(found->report.damage[0].next_offset == 10);
    }
    const auto verdicts = verify(live.disk, kFolder, {}, {}, [](std::uint32_t) { return 10; });
    REQUIRE(verdicts);
    CHECK_FALSE((*verdicts)[0].damage.empty());
}

TEST_CASE("mark: behind damage records count up to it, while the next one is being written") {
    Live live{10};
    live.flip(live.position(3) + 56);
    live.flip(live.position(8) + 56);  // half there
    const auto found = live.recover(8);
    REQUIRE(found);
    REQUIRE(found->report.damage.size() == 1);
    CHECK(found->report.damage[0].next_offset == 4);
    CHECK(found->next_offset == 8);
}

TEST_CASE("mark: zeros that are cut off while the file is read do not matter") {
    Live live{10};
    FileBytes bytes = live.disk.content(segment_path(1));
    const std::uint64_t size = bytes.size();
    bytes.resize(live.position(10));
    REQUIRE(bytes.size() < size);
    live.disk.set_content(segment_path(1), bytes);
    const auto file = live.disk.open(segment_path(1), Open::read).value();
    FileReader source{*file, FileReader::End::zeros};
    ScanOptions options;
    options.up_to = 10;
    const auto scan = scan_segment(source, size, {}, options);
    REQUIRE(scan);
    CHECK(scan->events == 10);
    CHECK(scan->gaps.empty());
    FileReader strict{*file};
    options.up_to.reset();
    CHECK(scan_segment(strict, size, {}, options).error() == std::errc::io_error);
}

}  // namespace
}  // namespace station::log
