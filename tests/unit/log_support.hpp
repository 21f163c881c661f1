// What the log's tests share.
#pragma once

#include "catch.hpp"
#include "log_simulated_disk.hpp"

#include <stdlib.h>
#include <station/log/bus.hpp>
#include <station/log/layout.hpp>
#include <string>
#include <vector>

namespace station::test {

inline constexpr const char* kFolder = "/data";

// A folder on the real disk, gone with this.
class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "station-log-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = name;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    const log::Path& path() const { return path_; }

  private:
    log::Path path_;
};

inline log::BusConfig small_config(SimulatedDisk& disk, log::Durability durability = {}) {
    log::BusConfig config;
    config.dir = kFolder;
    config.durability = durability;
    config.segment_bytes = 4096;
    config.index_stride = 256;
    config.zero_ahead = 1024;
    config.writer_threads = 1;
    disk.connect(config);
    return config;
}

// Without threads: what is sealed has its index when the publish is done, whatever else the machine does.
inline log::BusConfig single_threaded(log::BusConfig config) {
    config.writer_threads = 0;
    return config;
}

inline log::Bus open_bus(log::BusConfig config) {
    if (auto* const simulated = dynamic_cast<SimulatedDisk*>(config.disk)) simulated->power_on();
    auto bus = log::Bus::open(std::move(config));
    if (!bus) FAIL("the bus does not open: " << bus.error().message());
    return std::move(*bus);
}

inline log::Topic open_topic(log::Bus& bus, std::string_view name = "t") {
    auto topic = bus.topic(name);
    if (!topic) FAIL("the topic does not open: " << topic.error().message());
    return std::move(*topic);
}

// All payloads from `from` on that are there now; an error ends the list with its words in angle brackets.
inline std::vector<std::string> read_all(log::Topic& topic, const log::StartFrom& from = log::StartFrom::beginning()) {
    std::vector<std::string> payloads;
    auto cursor = topic.subscribe(from);
    for (;;) {
        const auto batch = cursor.poll();
        if (!batch) {
            if (batch.error() != log::Errc::topic_failed) payloads.push_back("<" + batch.error().message() + ">");
            return payloads;
        }
        if (batch->empty()) return payloads;
        for (const log::EventView& event : *batch) payloads.emplace_back(log::as_text(event.payload));
    }
}

inline std::vector<std::string> numbered(std::size_t count, std::size_t first = 0) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) names.push_back("event " + std::to_string(first + i));
    return names;
}

inline void publish_numbered(log::Topic& topic, std::size_t count, std::size_t first = 0) {
    for (const std::string& payload : numbered(count, first)) REQUIRE(topic.publish(payload));
}

inline log::Path segment_path(std::uint32_t number, const char* topic = "t") {
    return log::Path{kFolder} / "topics" / topic / log::segment_file_name(number);
}

inline log::Path index_path(std::uint32_t number, const char* topic = "t") {
    return log::Path{kFolder} / "topics" / topic / log::index_file_name(number);
}

}  // namespace station::test
