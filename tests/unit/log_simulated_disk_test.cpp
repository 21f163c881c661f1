#include "log_support.hpp"

#include <cerrno>
#include <map>

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

TEST_CASE("simulated disk: the n-th call is refused, whichever it is") {
    using Call = SimulatedDisk::Call;
    SimulatedDisk disk;
    disk.power_on();
    REQUIRE_FALSE(disk.create_folders("/d"));
    std::vector<Call> made;
    disk.on_call([&](Call call, const std::string&) { made.push_back(call); });
    const auto full = make_error_code(Errc::disk_full);

    disk.fail_call(2, full);
    const auto file = disk.open("/d/f", Open::create);
    REQUIRE(file);
    CHECK((*file)->write_at(0, as_bytes("four")) == full);
    CHECK((*file)->size().value() <= 4);
    CHECK_FALSE((*file)->write_at(0, as_bytes("four")));
    CHECK(made == std::vector{Call::open, Call::write, Call::size, Call::write});
    CHECK(disk.calls() == 5);

    disk.fail_call(1, full);
    CHECK((*file)->sync() == log::as_final(full));
    CHECK_FALSE((*file)->sync());
    CHECK(disk.syncs_after_failure() == 1);
}

TEST_CASE("simulated disk: descriptors run out, and are there again") {
    using Call = SimulatedDisk::Call;
    SimulatedDisk disk;
    disk.power_on();
    REQUIRE_FALSE(disk.create_folders("/d"));
    const auto file = disk.open("/d/f", Open::create);
    REQUIRE(file);
    disk.fail_from(2, {Call::open, Call::sync_folder}, system_error(EMFILE));
    CHECK(disk.open("/d/f", Open::read));
    CHECK(disk.open("/d/f", Open::read).error() == std::errc::too_many_files_open);
    CHECK(disk.sync_folder("/d") == std::errc::too_many_files_open);
    CHECK_FALSE((*file)->sync());
    disk.fail_from(0, {}, {});
    CHECK(disk.open("/d/f", Open::read));
    CHECK_FALSE(disk.sync_folder("/d"));
    CHECK(disk.syncs_after_failure() == 0);
}

}  // namespace
}  // namespace station::log
