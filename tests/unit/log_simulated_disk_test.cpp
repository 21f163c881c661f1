#include "log_support.hpp"

namespace station::log {
namespace {

using namespace test;

// Everything that a seed decides: all files of a log that was cut off from its power, and started again.
std::map<std::string, std::vector<std::byte>> files_after(std::uint64_t seed) {
    SimulatedDisk disk{seed};
    auto config = small_config(disk, Durability::os());
    config.writer_threads = 0;
    for (int life = 0; life < 3; ++life) {
        auto bus = open_bus(config);
        auto topic = open_topic(bus);
        publish_numbered(topic, 100);
        disk.crash();
    }
    open_bus(config).shutdown();
    std::map<std::string, std::vector<std::byte>> files;
    for (const std::string& file : disk.files()) files[file] = disk.content(file);
    return files;
}

TEST_CASE("simulated disk: a seed is a run, byte for byte") {
    const auto files = files_after(17);
    CHECK(files.size() > 2);
    CHECK(files == files_after(17));
    CHECK(files != files_after(18));
}

}  // namespace
}  // namespace station::log
