// What dump_segment() says of a segment that a writer works on meanwhile.
#include "log_support.hpp"

#include <station/log/verify.hpp>

namespace station::log {
namespace {

using namespace station::test;

TEST_CASE("dump: what a writer gives back meanwhile is zeros") {
    SimulatedDisk disk;
    {
        auto bus = open_bus(single_threaded(small_config(disk)));
        auto topic = open_topic(bus);
        REQUIRE(topic.publish("one"));
        bus.shutdown();
        disk.kill();
    }
    disk.power_on();
    auto bytes = disk.content(segment_path(1));
    bytes.resize(std::size_t{kSegmentHeaderSize} + record_size(3, 0));
    auto written_ahead = bytes;
    written_ahead.resize(std::size_t{3} << 20);  // more than is read at once
    disk.set_content(segment_path(1), written_ahead);

    std::vector<std::string> lines;
    const auto take = [&](const std::string& line) {
        lines.push_back(line);
        disk.set_content(segment_path(1), bytes);
    };
    REQUIRE_FALSE(dump_segment(disk, segment_path(1), take));
    REQUIRE(lines.size() == 3);
    CHECK(lines[1].find("record") != std::string::npos);
    CHECK(lines[2] == std::to_string(bytes.size()) + ": " + std::to_string(written_ahead.size() - bytes.size()) +
                          " zero bytes to the end");
}

}  // namespace
}  // namespace station::log
