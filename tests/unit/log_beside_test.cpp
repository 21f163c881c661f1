// Readers beside the process that writes a folder. Here both are in one process: their locks belong to open files, and
// know nothing of that.
#include "log_forwarding_disk.hpp"
#include "log_support.hpp"

#include <condition_variable>
#include <mutex>
#include <station/log/detail/live_marks.hpp>
#include <thread>

namespace station::log {
namespace {

using namespace station::test;

// The real disk, whose syncs of files wait at a gate while it is closed.
class GatedRealDisk : public ForwardingDisk {
    class GatedFile : public ForwardingFile {
      public:
        GatedFile(GatedRealDisk& disk, std::unique_ptr<File> file) : ForwardingFile(std::move(file)), disk_(disk) {}
        std::error_code sync() override {
            std::unique_lock lock{disk_.mutex_};
            ++disk_.waiting_;
            disk_.changed_.notify_all();
            disk_.changed_.wait(lock, [this] { return !disk_.closed_; });
            --disk_.waiting_;
            return ForwardingFile::sync();
        }

      private:
        GatedRealDisk& disk_;
    };

  public:
    GatedRealDisk() : ForwardingDisk(posix_disk()) {}
    Expected<std::unique_ptr<File>> open(const Path& path, Open mode) override {
        auto file = ForwardingDisk::open(path, mode);
        if (!file) return file;
        return std::make_unique<GatedFile>(*this, std::move(*file));
    }

    void close_gate() {
        const std::lock_guard lock{mutex_};
        closed_ = true;
    }
    void open_gate() {
        const std::lock_guard lock{mutex_};
        closed_ = false;
        changed_.notify_all();
    }
    void until_somebody_waits() {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return waiting_ > 0; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int waiting_ = 0;
    bool closed_ = false;
};

Bus open_beside(const Path& folder) { return open_bus({.dir = folder, .read_only = true}); }

TEST_CASE("beside a writer: nothing is seen that is not acknowledged, and then it is seen") {
    const TemporaryFolder folder;
    GatedRealDisk disk;
    BusConfig config{.dir = folder.path()};
    config.disk = &disk;
    auto bus = open_bus(config);
    auto topic = open_topic(bus);
    publish_numbered(topic, 5);
    auto early = open_beside(folder.path());
    auto early_topic = open_topic(early);
    auto following = early_topic.subscribe(StartFrom::offset(5));

    disk.close_gate();
    std::jthread publisher{[&] { CHECK(topic.publish("event 5")); }};
    disk.until_somebody_waits();  // it is written, and not durable
    {
        auto reader = open_beside(folder.path());
        auto seen = open_topic(reader);
        CHECK(seen.next_offset() == 5);
        CHECK(read_all(seen) == numbered(5));
        CHECK(seen.recovery().damage.empty());
        CHECK(seen.recovery().cut_from.empty());
    }
    CHECK(following.poll()->empty());
    disk.open_gate();
    publisher.join();
    const auto event = following.next();
    REQUIRE(event);
    CHECK(event->offset == 5);
}

TEST_CASE("beside a writer: a reader follows over segments, and sees all once the writer is gone") {
    const TemporaryFolder folder;
    BusConfig config{.dir = folder.path()};
    config.segment_bytes = 4096;
    auto bus = open_bus(config);
    auto topic = open_topic(bus);
    auto reader = open_beside(folder.path());
    CHECK(reader.topics().size() == 1);
    auto seen = open_topic(reader);
    auto cursor = seen.subscribe(StartFrom::beginning());
    std::jthread publisher{[&] { publish_numbered(topic, 300); }};
    for (const std::string& expected : numbered(300)) {
        const auto event = cursor.next();
        REQUIRE(event);
        REQUIRE(as_text(event->payload) == expected);
    }
    publisher.join();
    REQUIRE_FALSE(bus.shutdown());
    CHECK_FALSE(look_at_owner(folder.path())->owned);
    auto after = open_beside(folder.path());
    auto whole = open_topic(after);
    CHECK(read_all(whole) == numbered(300));
}

TEST_CASE("beside a writer: its marks are believed only while it lives, and each start is another") {
    const TemporaryFolder folder;
    CHECK_FALSE(look_at_owner(folder.path())->owned);
    std::uint64_t starts = 0;
    for (int start = 0; start < 2; ++start) {
        auto bus = open_bus({.dir = folder.path()});
        auto topic = open_topic(bus);
        publish_numbered(topic, 3);
        const auto owner = look_at_owner(folder.path());
        REQUIRE(owner);
        CHECK(owner->owned);
        CHECK(owner->marked);
        CHECK(owner->mark(topic.stream()) == topic.next_offset());
        CHECK(owner->mark(77) == 0);
        CHECK(owner->starts > starts);
        starts = owner->starts;
        REQUIRE_FALSE(bus.shutdown());
        CHECK_FALSE(look_at_owner(folder.path())->marked);
    }
}

TEST_CASE("a folder has one owner, though its lock file was removed") {
    const TemporaryFolder folder;
    auto bus = open_bus({.dir = folder.path()});
    CHECK(Bus::open({.dir = folder.path()}).error().code == Errc::locked);
    std::filesystem::remove(folder.path() / kLockFile);
    CHECK(Bus::open({.dir = folder.path()}).error().code == Errc::locked);
    REQUIRE_FALSE(bus.shutdown());
    CHECK(Bus::open({.dir = folder.path()}).has_value());
}

}  // namespace
}  // namespace station::log
