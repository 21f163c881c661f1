// What a start costs: a bus of many topics, a topic of many segments. For each it tells the time, how many files were
// open at once (the most) and how much the resident memory grew.
//
//     log_open [TOPICS [SEGMENTS]]      1000 and 10000; segments of 4 KiB, in a temporary folder
#include <sys/resource.h>
#include <unistd.h>

#include <dirent.h>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <station/log/bus.hpp>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

using namespace station::log;

class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "station-open-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = name;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    const Path& path() const { return path_; }

  private:
    Path path_;
};

int open_files() {
    DIR* const folder = ::opendir("/proc/self/fd");
    if (folder == nullptr) return 0;
    int count = -3;  // itself, "." and ".."
    while (::readdir(folder) != nullptr) ++count;
    ::closedir(folder);
    return count;
}

std::size_t resident() {
    std::ifstream status{"/proc/self/statm"};
    std::size_t pages = 0;
    status >> pages >> pages;
    return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// Looks at /proc while it lives.
class Watch {
  public:
    Watch() : before_(open_files()) {
        thread_ = std::jthread{[this](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                most_ = std::max<int>(most_, open_files());
                std::this_thread::sleep_for(std::chrono::microseconds{200});
            }
        }};
    }
    int most() const { return most_ - before_; }

  private:
    const int before_;
    std::atomic<int> most_{0};
    std::jthread thread_;
};

BusConfig config_of(const Path& dir) {
    BusConfig config;
    config.dir = dir;
    config.durability = Durability::os();
    config.segment_bytes = 4096;
    config.zero_ahead = 0;
    return config;
}

Bus open_or_end(const BusConfig& config) {
    auto bus = Bus::open(config);
    if (!bus) throw std::runtime_error(bus.error().message());
    return std::move(*bus);
}

void publish_or_end(Topic& topic, const std::string& payload) {
    if (const auto receipt = topic.publish(payload); !receipt) throw std::runtime_error(receipt.error().message());
}

Topic topic_or_end(Bus& bus, const std::string& name) {
    auto topic = bus.topic(name);
    if (!topic) throw std::runtime_error(topic.error().message());
    return std::move(*topic);
}

void measure(const char* what, const Path& dir, bool read_only) {
    BusConfig config = config_of(dir);
    config.read_only = read_only;
    const std::size_t memory = resident();
    const Watch watch;
    const auto began = std::chrono::steady_clock::now();
    const Bus bus = open_or_end(config);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::printf("%-28s %8.3f s %6d files %8.1f MiB\n", what, took.count(), watch.most(),
                static_cast<double>(resident() - std::min(memory, resident())) / (1 << 20));
    std::fflush(stdout);
}

void run(std::size_t topics, std::size_t segments) {
    const TemporaryFolder many;
    {
        Bus bus = open_or_end(config_of(many.path()));
        for (std::size_t i = 0; i < topics; ++i) {
            Topic topic = topic_or_end(bus, "topic-" + std::to_string(i));
            publish_or_end(topic, "event");
        }
    }
    const TemporaryFolder large;
    {
        Bus bus = open_or_end(config_of(large.path()));
        Topic topic = topic_or_end(bus, "topic");
        const std::string payload(3000, 'x');
        for (std::size_t i = 0; i < segments; ++i) publish_or_end(topic, payload);
    }
    measure("topics", many.path(), false);
    measure("topics, read-only", many.path(), true);
    measure("segments", large.path(), false);
    measure("segments, read-only", large.path(), true);
    for (const auto& file : std::filesystem::directory_iterator{large.path() / "topics" / "topic"}) {
        if (file.path().extension() == ".idx") std::filesystem::remove(file.path());
    }
    measure("segments, no index, read-only", large.path(), true);
    measure("segments, no index", large.path(), false);
}

}  // namespace

int main(int argc, char** argv) try {
    const auto number = [&](int at, std::size_t otherwise) {
        return argc > at ? std::strtoul(argv[at], nullptr, 10) : otherwise;
    };
    run(number(1, 1000), number(2, 10000));
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "log_open: %s\n", error.what());
    return 1;
}
