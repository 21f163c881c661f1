// Few descriptors, slow disks, small file limits and clocks that were ahead.
#include "log_writer_support.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace station::log {
namespace {

using namespace station::test;

// Refuses to have more than so many files open.
class NarrowDisk : public SimulatedDisk {
  public:
    explicit NarrowDisk(int most) : most_(most) {}

    Expected<std::unique_ptr<File>> open(const Path& path, Open mode) override {
        if (open_.fetch_add(1) >= most_) {
            open_.fetch_sub(1);
            return tl::unexpected(system_error(EMFILE));
        }
        auto file = SimulatedDisk::open(path, mode);
        if (!file) {
            open_.fetch_sub(1);
            return file;
        }
        return std::make_unique<Counted>(open_, std::move(*file));
    }

  private:
    class Counted : public ForwardingFile {
      public:
        Counted(std::atomic<int>& open, std::unique_ptr<File> file) : ForwardingFile(std::move(file)), open_(open) {}
        ~Counted() override { open_.fetch_sub(1); }

      private:
        std::atomic<int>& open_;
    };

    const int most_;
    std::atomic<int> open_{0};
};

TEST_CASE("writer: hundreds of topics need few descriptors") {
    constexpr int kTopics = 200;
    const auto batch = Durability::batch(1000, std::chrono::milliseconds{3'600'000});
    for (const auto mode : {Durability::always(), batch, Durability::os()}) {
        CAPTURE(mode.to_text());
        NarrowDisk disk{64};
        for (int start = 0; start < 2; ++start) {
            auto config = small_config(disk, mode);
            config.open_files = 32;
            auto bus = open_bus(config);
            for (int round = 0; round < 3; ++round) {
                for (int i = 0; i < kTopics; ++i) {
                    auto topic = open_topic(bus, "t" + std::to_string(i));
                    const auto receipt = topic.publish("event");
                    if (!receipt) FAIL(topic.name() << ": " << receipt.error().message());
                    REQUIRE(receipt->offset == static_cast<std::uint64_t>(start * 3 + round));
                }
            }
            CHECK_FALSE(bus.shutdown());
        }
    }
}

// What it returns in a process of its own; -1 where that was ended by a signal.
int in_child(const std::function<int()>& what) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(what());
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
    return WEXITSTATUS(status);
}

TEST_CASE("disk: a limit of the size of files is a full disk, and no signal") {
    const TemporaryFolder folder;
    const int result = in_child([&] {
        ::signal(SIGXFSZ, SIG_DFL);
        const rlimit limit{1000, 1000};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        auto file = posix_disk().open(folder.path() / "file", Open::create);
        if (!file) return 1;
        const std::vector<std::byte> bytes(600);
        if ((*file)->write_at(0, bytes)) return 2;
        if ((*file)->write_at(600, bytes) != Errc::disk_full) return 3;
        if ((*file)->size() != std::uint64_t{600}) return 4;
        if ((*file)->truncate(2000) != Errc::disk_full) return 5;
        if ((*file)->truncate(1000)) return 6;
        return (*file)->truncate(100) ? 7 : 0;
    });
    CHECK(result == 0);
}

#if !defined(STATION_SLOW_ASSERTIONS)  // a sanitizer's run time wants descriptors of its own
TEST_CASE("disk: the last descriptors are the writer's") {
    const TemporaryFolder folder;
    const int result = in_child([&] {
        Disk& disk = posix_disk();
        const auto owner = disk.lock(folder.path() / "LOCK");
        if (!owner || !disk.open(folder.path() / "file", Open::create)) return 1;
        const rlimit limit{64, 64};
        ::setrlimit(RLIMIT_NOFILE, &limit);
        std::vector<std::unique_ptr<File>> readers;
        for (;;) {
            auto reader = disk.open(folder.path() / "file", Open::read);
            if (!reader) {
                if (reader.error() != std::errc::too_many_files_open) return 2;
                break;
            }
            readers.push_back(std::move(*reader));
        }
        // However often: what is given back is kept for the writer again.
        for (int i = 0; i < 10; ++i) {
            if (!disk.open(folder.path() / "next", Open::create)) return 3;
            if (disk.sync_folder(folder.path())) return 4;
            if (disk.open(folder.path() / "file", Open::read)) return 5;
        }
        std::vector<std::unique_ptr<File>> writers;
        while (auto writer = disk.open(folder.path() / "file", Open::write)) writers.push_back(std::move(*writer));
        return writers.size() == 4 ? 0 : 6;
    });
    CHECK(result == 0);
}
#endif

TEST_CASE("writer: a topic whose last time is ahead of the clock says so, once") {
    SimulatedDisk disk;
    std::int64_t time = 1'700'000'000'000'000'000;
    std::vector<std::string> told;
    auto config = small_config(disk);
    config.writer_threads = 0;
    config.clock = [&] { return time; };
    config.logger = [&](Severity severity, std::string_view text) {
        if (severity == Severity::warning) told.emplace_back(text);
    };
    {
        auto bus = open_bus(config);
        auto topic = open_topic(bus);
        REQUIRE(topic.publish("ahead"));
        time -= 3'600'000'000'000;
        REQUIRE(topic.publish("now"));
        REQUIRE(topic.publish("now"));
    }
    REQUIRE(told.size() == 1);
    CHECK(told[0] ==
          "topic t: the last event's time is 3600 s ahead of the clock; events get that time until the clock "
          "has passed it");
    auto bus = open_bus(config);
    CHECK(told.size() == 2);
    REQUIRE(open_topic(bus).publish("now"));
    CHECK(told.size() == 2);
    time += 3'600'000'000'000 - 30'000'000'000;  // less than a minute is nothing to speak of
    bus.shutdown();
    auto again = open_bus(config);
    CHECK(told.size() == 2);
}

TEST_CASE("writer: topics that wait for a slow disk in a rotation hold up nobody") {
    for (const auto mode : {Durability::always(), Durability::os()}) {
        CAPTURE(mode.to_text());
        GatedDisk disk;
        disk.spare("/quick/");
        auto config = small_config(disk, mode);
        config.writer_threads = 2;
        auto bus = open_bus(config);
        std::vector<Topic> slow;
        for (int i = 0; i < 8; ++i) slow.push_back(open_topic(bus, "slow" + std::to_string(i)));
        auto quick = open_topic(bus, "quick");
        REQUIRE(quick.publish("first"));
        disk.close_gate();
        std::deque<Submitted> submitted(slow.size());
        const std::string large(1500, 'x');
        for (std::size_t i = 0; i < slow.size(); ++i) {
            for (int n = 0; n < 9; ++n) REQUIRE_FALSE(submitted[i].submit(slow[i], large));
        }
        REQUIRE(disk.reached(static_cast<int>(slow.size())));
        for (int i = 0; i < 100; ++i) REQUIRE(quick.publish("event"));
        Submitted others;
        for (int i = 0; i < 100; ++i) REQUIRE_FALSE(others.submit(quick, "event"));
        REQUIRE(others.wait(100));
        disk.open_gate();
        for (auto& each : submitted) REQUIRE(each.wait(9));
        CHECK_FALSE(bus.shutdown());
    }
}

TEST_CASE("writer: batches of many topics are synced at once, as many as there may be threads") {
    constexpr int kTopics = 30;
    for (const int threads : {10, 64}) {
        CAPTURE(threads);
        GatedDisk disk;
        auto config = small_config(disk, Durability::batch(1000, std::chrono::milliseconds{1}));
        config.max_threads = static_cast<std::size_t>(threads);
        auto bus = open_bus(config);
        std::vector<Topic> topics;
        for (int i = 0; i < kTopics; ++i) topics.push_back(open_topic(bus, "t" + std::to_string(i)));
        disk.close_gate();
        for (Topic& topic : topics) REQUIRE(topic.publish("event"));
        CHECK(disk.reached(std::min(kTopics, threads)));
        disk.open_gate();
        CHECK(wait_until([&] {
            return std::all_of(topics.begin(), topics.end(),
                               [](const Topic& topic) { return topic.stats().syncs > 0; });
        }));
    }
}

}  // namespace
}  // namespace station::log
