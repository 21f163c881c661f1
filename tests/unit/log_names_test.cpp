// Topics and their numbers: recorded before the first byte, found again where the record is lost, and nothing else that
// lies in the folder.
#include "log_support.hpp"

#include <cerrno>
#include <fstream>

namespace station::log {
namespace {

using namespace station::test;

const Path kMeta = Path{kFolder} / kMetaFile;

std::uint64_t used(SimulatedDisk& disk) {
    std::uint64_t total = 0;
    for (const std::string& file : disk.files()) total += disk.content(file).size();
    return total;
}

TEST_CASE("names: a topic that could not be recorded is not registered, and keeps no number from others") {
    SimulatedDisk disk;
    {
        auto bus = open_bus(small_config(disk));
        open_topic(bus, "first");
        disk.set_space(used(disk));
        CHECK(bus.topic("b").error() == Errc::disk_full);
        CHECK(bus.topic("a").error() == Errc::disk_full);
        disk.set_space(~std::uint64_t{0});
        auto topic = open_topic(bus, "b");
        publish_numbered(topic, 3);
        CHECK(open_topic(bus, "a").stream() != topic.stream());
        REQUIRE_FALSE(bus.shutdown());
    }
    auto bus = open_bus(small_config(disk));
    auto topic = open_topic(bus, "b");
    CHECK(topic.condition() == Condition::open);
    CHECK(read_all(topic) == numbered(3));
}

TEST_CASE("names: where the list is lost, the numbers on disk go before new ones") {
    SimulatedDisk disk;
    std::uint32_t stream = 0;
    {
        auto bus = open_bus(small_config(disk));
        auto topic = open_topic(bus, "z");
        publish_numbered(topic, 3);
        stream = topic.stream();
        open_topic(bus, "a");  // empty, and first in any order of names
        REQUIRE_FALSE(bus.shutdown());
    }
    REQUIRE_FALSE(disk.remove(kMeta));
    for (int start = 0; start < 2; ++start) {
        auto bus = open_bus(small_config(disk));
        auto topic = open_topic(bus, "z");
        CHECK(topic.stream() == stream);
        CHECK(topic.recovery().damage.empty());
        CHECK(read_all(topic) == numbered(3));
        CHECK(open_topic(bus, "a").stream() != stream);
    }
}

TEST_CASE("names: a list that can't be written at the start costs only what nothing else records") {
    SimulatedDisk disk;
    {
        auto bus = open_bus(small_config(disk));
        auto topic = open_topic(bus, "z");
        publish_numbered(topic, 3);
        open_topic(bus, "a");
        REQUIRE_FALSE(bus.shutdown());
    }
    REQUIRE_FALSE(disk.remove(kMeta));
    disk.set_space(used(disk));
    auto bus = open_bus(small_config(disk));
    CHECK(bus.topics().size() == 1);
    auto topic = open_topic(bus, "z");
    CHECK(read_all(topic) == numbered(3));
    disk.set_space(~std::uint64_t{0});
    CHECK(open_topic(bus, "a").stream() != topic.stream());
}

TEST_CASE("names: the largest number there is leaves room for others") {
    SimulatedDisk disk;
    {
        auto bus = open_bus(small_config(disk));
        open_topic(bus, "t");
    }
    const std::string list = R"({"version":1,"topics":[{"name":"t","stream":4294967295}]})";
    const Bytes bytes = as_bytes(list);
    disk.set_content(kMeta, {bytes.begin(), bytes.end()});
    auto bus = open_bus(small_config(disk));
    CHECK(open_topic(bus, "t").stream() == 4294967295U);
    const std::uint32_t next = open_topic(bus, "u").stream();
    CHECK(next > 0);
    CHECK(open_topic(bus, "v").stream() != next);
}

TEST_CASE("names: what is no topic is passed over with a warning") {
    const TemporaryFolder folder;
    const Path topics = folder.path() / kTopicsFolder;
    std::uint32_t stream = 0;
    {
        auto bus = open_bus({.dir = folder.path()});
        auto topic = open_topic(bus, "t");
        publish_numbered(topic, 3);
        stream = topic.stream();
    }
    std::ofstream{topics / "README.txt"} << "hello";
    std::ofstream{topics / ".DS_Store"} << "hello";
    std::filesystem::create_directory(topics / "lost+found");
    std::filesystem::create_directory(topics / "my topic");
    std::filesystem::create_directory(topics / "empty");
    std::filesystem::create_symlink(topics / "t", topics / "link");
    std::filesystem::copy(topics / "t", topics / "t-backup");
    std::vector<std::string> warnings;
    BusConfig config{.dir = folder.path()};
    config.logger = [&](Severity severity, std::string_view text) {
        if (severity == Severity::warning) warnings.emplace_back(text);
    };
    auto bus = open_bus(config);
    REQUIRE(bus.topics().size() == 1);
    auto topic = open_topic(bus, "t");
    CHECK(topic.stream() == stream);
    CHECK(read_all(topic) == numbered(3));
    CHECK(warnings.size() == 7);
    for (const std::string& warning : warnings) CHECK(warning.find("is passed over: ") != std::string::npos);
    // A name that something else has taken can't be a topic's; a folder that was passed over may become one.
    CHECK_FALSE(bus.topic("README.txt").has_value());
    CHECK_FALSE(bus.topic("t-backup").has_value());
    CHECK(bus.topic("empty").has_value());
}

// The folder of one topic can't be listed.
class DeafDisk : public SimulatedDisk {
  public:
    Expected<std::vector<std::string>> list(const Path& folder) override {
        if (error != 0 && folder.filename() == "bad") return tl::unexpected(system_error(error));
        return SimulatedDisk::list(folder);
    }
    int error = EIO;
};

TEST_CASE("names: what one topic meets at the start is its own") {
    DeafDisk disk;
    {
        auto bus = open_bus(small_config(disk));
        auto good = open_topic(bus, "good");
        publish_numbered(good, 3);
    }
    const std::string list = R"({"version":1,"topics":[{"name":"good","stream":1},{"name":"bad","stream":2}]})";
    const Bytes bytes = as_bytes(list);
    disk.set_content(kMeta, {bytes.begin(), bytes.end()});
    auto bus = open_bus(small_config(disk));
    auto good = open_topic(bus, "good");
    CHECK(good.publish("event 3"));
    CHECK(read_all(good) == numbered(4));
    auto bad = open_topic(bus, "bad");
    CHECK(bad.condition() == Condition::unreadable);
    CHECK(bad.problem().code == system_error(EIO));
    CHECK(bad.problem().where.find("bad") != std::string::npos);
    CHECK(bad.publish("x").error() == Errc::topic_failed);
    CHECK(bad.subscribe(StartFrom::beginning()).locate() == system_error(EIO));
    CHECK(bad.subscribe(StartFrom::beginning()).poll().error() == system_error(EIO));
    CHECK_FALSE(bus.shutdown());
}

TEST_CASE("names: a topic that could not be opened for want of something opens when it is asked for again") {
    DeafDisk disk;
    disk.error = 0;
    {
        auto bus = open_bus(small_config(disk));
        auto topic = open_topic(bus, "bad");
        publish_numbered(topic, 3);
    }
    disk.error = EMFILE;
    auto bus = open_bus(small_config(disk));
    auto early = open_topic(bus, "bad");
    CHECK(early.condition() == Condition::unreadable);
    CHECK(early.subscribe(StartFrom::beginning()).poll().error() == std::errc::too_many_files_open);
    disk.error = 0;
    auto topic = open_topic(bus, "bad");
    CHECK(read_all(topic) == numbered(3));
    CHECK(topic.publish("event 3"));
    CHECK(early.publish("x").error() == Errc::topic_failed);
    CHECK(bus.topics().size() == 1);
}

}  // namespace
}  // namespace station::log
